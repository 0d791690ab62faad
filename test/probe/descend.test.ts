import { beforeAll, describe, expect, it, vi } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { type Optimiser, STATES } from '../../src/probe/gradient-steps.js';
import { shuffledRows, streamedWindows } from '../../src/probe/minibatches.js';
import { RateBank } from '../../src/probe/rate-bank.js';
import type { RowPasses } from '../../src/probe/row-passes.js';
import { randomStream } from '../../src/random.js';
import type { FeatureSource } from '../../src/read/feature-source.js';
import { widened } from '../../src/read/shard-block.js';
import { toFloat16 } from '../../src/store/float16.js';
import { ENGINES, openPasses } from './engines.js';
import { referenceAnswer, standardisedRows } from './reference-solver.js';
import { arraySource, drawSplit } from './small-problem.js';

const [ROWS, FEATURES, CLASSES] = [70, 5, 3];
const drawn = drawSplit({
  rows: ROWS,
  features: FEATURES,
  classes: CLASSES,
  noise: 2,
  seed: 2,
  part: 'train',
});

function bitsOf(values: Float32Array): Uint16Array {
  const bits = new Uint16Array(values.length);
  toFloat16(values, bits);
  return bits;
}

/** The same rows as the bits of float16. */
function halved(source: FeatureSource): FeatureSource {
  return {
    ...source,
    async *blocks(how) {
      for await (const { rows, values } of source.blocks(how)) {
        yield { rows, values: bitsOf(values as Float32Array) };
      }
    },
  };
}

/** A label set of all rows, and one of three quarters of them. */
const LABELS = [drawn.labels, drawn.labels.map((label, row) => (row % 4 === 0 ? -1 : label))];
const MEMBERS = [
  { set: 0, classes: CLASSES, l2: 0.01, rate: 0.05 },
  { set: 0, classes: CLASSES, l2: 0, rate: 0.2 },
  { set: 1, classes: CLASSES, l2: 0.1, rate: 0.01 },
];
const [EPOCHS, BATCH] = [3, 16];

function bankOf(optimiser: Optimiser): RateBank<(typeof MEMBERS)[number]> {
  const states = STATES[optimiser];
  return new RateBank({ features: FEATURES, members: MEMBERS, start: () => [0.1, 0, -0.1], states });
}

async function descended(passes: RowPasses, optimiser: Optimiser): Promise<number[][]> {
  const bank = bankOf(optimiser);
  let steps = 0;
  for (let epoch = 0; epoch < EPOCHS; epoch++) {
    steps = await passes.descend({
      ...{ optimiser, steps, state: bank.state, batch: BATCH, random: randomStream(epoch) },
      problems: MEMBERS.map(({ set, classes }) => ({ classes, labels: LABELS[set]! })),
    });
  }
  return MEMBERS.map((_, at) => {
    const out = new Float32Array((FEATURES + 1) * CLASSES);
    bank.copyOut(at, out);
    return [...out];
  });
}

/** The minibatches of an epoch, by the numbers of their rows. */
async function minibatchesOf(source: FeatureSource, epoch: number, resident: boolean): Promise<Int32Array[]> {
  const options = { batch: BATCH, random: randomStream(epoch) };
  const windows = resident ? [shuffledRows(ROWS, options)] : streamedWindows(source, options);
  const batches: Int32Array[] = [];
  for await (const { rows, ends } of windows)
    for (const [at, end] of ends.entries()) batches.push(rows.slice(ends[at - 1] ?? 0, end));
  return batches;
}

/** The formulas of gradient-steps.ts in float64, one probe by itself. */
function reference(
  optimiser: Optimiser,
  { set, l2, rate }: (typeof MEMBERS)[number],
  { rows, minibatches }: { readonly rows: number[][]; readonly minibatches: readonly Int32Array[] },
): Float64Array {
  const weights = Float64Array.from([...Array(FEATURES * CLASSES).fill(0), 0.1, 0, -0.1]);
  const [one, two] = [weights.map(() => 0), weights.map(() => 0)];
  for (const [step, batch] of minibatches.entries()) {
    const [own, labels] = [Array.from(batch, (row) => rows[row]!), batch.map((row) => LABELS[set]![row]!)];
    const { gradient } = referenceAnswer({ rows: own, labels, classes: CLASSES }, weights);
    for (let at = 0; at < weights.length; at++) {
      const steep = gradient[at]! + (at < FEATURES * CLASSES ? l2 * weights[at]! : 0);
      one[at] = 0.9 * one[at]! + (optimiser === 'sgd' ? steep : 0.1 * steep);
      two[at] = 0.999 * two[at]! + 0.001 * steep ** 2;
      const [mean, square] = [one[at]! / (1 - 0.9 ** (step + 1)), two[at]! / (1 - 0.999 ** (step + 1))];
      weights[at]! -= rate * (optimiser === 'sgd' ? one[at]! : mean / (Math.sqrt(square) + 1e-8));
    }
  }
  return weights;
}

describe.each(ENGINES)('epochs of steps, %s', (engine) => {
  beforeAll(() => loadBackend());

  describe.each(['sgd', 'adam'] as const)('%s', (optimiser) => {
    it.each([
      ['float32', true],
      ['float32', false],
      ['float16', true],
      ['float16', false],
    ] as const)('go where the float64 reference goes: %s, in memory %s', async (dtype, resident) => {
      const plain = arraySource(drawn.features, FEATURES);
      const source = dtype === 'float16' ? halved({ ...plain }) : plain;
      const passes = await openPasses({ engine, source, resident });
      const epochs = Array.from({ length: EPOCHS }, (_, epoch) =>
        minibatchesOf(source, epoch, resident && engine === 'native kernels'),
      );
      const minibatches = (await Promise.all(epochs)).flat();
      const values = dtype === 'float16' ? widened({ values: bitsOf(drawn.features) }) : drawn.features;
      const rows = standardisedRows(values, FEATURES);
      const found = await descended(passes, optimiser);
      for (const [at, member] of MEMBERS.entries()) {
        const expected = reference(optimiser, member, { rows, minibatches });
        for (const [place, value] of found[at]!.entries()) expect(value).toBeCloseTo(expected[place]!, 4);
      }
      passes.dispose();
    });
  });
});

it.runIf(ENGINES.length > 1)('the kernels step to the same bytes with any number of threads', async () => {
  await loadBackend();
  const source = arraySource(drawn.features, FEATURES);
  const passes = await openPasses({ engine: 'native kernels', source, resident: true });
  const found: number[][][] = [];
  for (const threads of ['1', '2', '5']) {
    vi.stubEnv('TF_NUM_INTRAOP_THREADS', threads);
    found.push(await descended(passes, 'adam'));
  }
  vi.unstubAllEnvs();
  expect(found[1]).toEqual(found[0]);
  expect(found[2]).toEqual(found[0]);
});
