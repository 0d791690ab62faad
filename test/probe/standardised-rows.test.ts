import tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { measureStandardisation } from '../../src/probe/standardise.js';
import { StandardisedRows } from '../../src/probe/standardised-rows.js';
import { standardisedRows } from './reference-solver.js';
import { arraySource, drawSplit } from './small-problem.js';

const column = { tap: 'add_5', reduction: 'flatten' };
const FEATURES = 3;

async function open(options: { rows: number; blockRows: number; chunkRows: number; resident: boolean }) {
  const drawn = drawSplit({ ...options, features: FEATURES, classes: 2, noise: 1, seed: 4, part: 'train' });
  const source = arraySource(drawn.features, FEATURES, options.blockRows);
  const standardisation = await measureStandardisation(source, column);
  source.reads = 0;
  const rows = new StandardisedRows({ source, split: 'train', column, standardisation, ...options });
  return { rows, source, exact: standardisedRows(drawn.features, FEATURES) };
}

async function readAll(rows: StandardisedRows): Promise<number[]> {
  const values: number[] = [];
  for await (const { start, features } of rows.chunks()) {
    expect(start * FEATURES).toBe(values.length);
    values.push(...features.dataSync());
  }
  return values;
}

describe('StandardisedRows', () => {
  beforeAll(() => loadBackend());

  it('gives every row once and in order, at every pass, resident or streamed, whatever the blocks', async () => {
    const sizes = fc.record({
      rows: fc.integer({ min: 2, max: 40 }),
      blockRows: fc.integer({ min: 1, max: 50 }),
      chunkRows: fc.integer({ min: 1, max: 50 }),
      resident: fc.boolean(),
    });
    const property = fc.asyncProperty(sizes, async (options) => {
      const { rows, exact } = await open(options);
      for (let pass = 0; pass < 2; pass++) {
        const values = await readAll(rows);
        expect(values).toHaveLength(exact.length * FEATURES);
        for (const [at, value] of exact.flat().entries()) expect(values[at]).toBeCloseTo(value, 5);
      }
      rows.dispose();
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('reads the source once when resident, and at every pass when streamed', async () => {
    for (const resident of [true, false]) {
      const { rows, source } = await open({ rows: 20, blockRows: 6, chunkRows: 8, resident });
      for (let pass = 0; pass < 3; pass++) await readAll(rows);
      expect(source.reads).toBe(resident ? 1 : 3);
      rows.dispose();
    }
  });

  it('leaves no tensor behind, not even when a pass is left in the middle', async () => {
    const before = tf.memory().numTensors;
    for (const resident of [true, false]) {
      const { rows } = await open({ rows: 20, blockRows: 6, chunkRows: 8, resident });
      for await (const chunk of rows.chunks()) if (chunk.start > 0) break;
      rows.dispose();
    }
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses a source that holds other rows than it announces', async () => {
    for (const announced of [19, 21]) {
      const { rows, source } = await open({ rows: 20, blockRows: 6, chunkRows: 8, resident: true });
      const wrong = { ...source, rows: announced, blocks: () => source.blocks() };
      const { options } = rows as unknown as { options: ConstructorParameters<typeof StandardisedRows>[0] };
      const lying = new StandardisedRows({ ...options, source: wrong });
      await expect(readAll(lying)).rejects.toThrow(`20 train rows found, ${announced} announced`);
    }
  });
});
