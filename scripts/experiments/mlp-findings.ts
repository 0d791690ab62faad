import type { KernelChange } from './kernel-change.js';
import { layerName, type Skip } from './networks/deep-mlp.js';
import type { Finding, PageTable } from './page.js';
import { errorAt, networkError, type Probed, type ProbeRun, percent } from './probed.js';
import { stepTable } from './tap-errors.js';

/** What the findings are drawn from. */
export interface MlpResults {
  /** The number of layers; the skip connection joins after half of them. */
  readonly layers: number;
  readonly runs: Readonly<Record<Skip, ProbeRun>>;
  /** What training did to the kernels of the network with the skip. */
  readonly kernels: readonly KernelChange[];
}

function last({ probed }: ProbeRun): Probed {
  const end = probed.at(-1);
  if (end === undefined) throw new RangeError('a run without checkpoints');
  return end;
}

function ofNetwork(probed: Probed): string {
  const error = networkError(probed);
  return error === undefined ? 'unknown' : `${percent(error)} %`;
}

/** The paper's statements of section 5.1 beside what the last checkpoints say. */
export function skipFindings({ layers, runs, kernels }: MlpResults): readonly Finding[] {
  const [joined, plain] = [last(runs['with-skip']), last(runs['without-skip'])];
  const at = (tap: string) => `${percent(errorAt(joined, { tap }))} %`;
  const half = layers / 2;
  return [
    {
      paper: 'so deep that it fails to train under normal circumstances',
      here: `without the skip connection the network errs on ${ofNetwork(plain)} of test after ${plain.step} minibatches`,
    },
    {
      paper: 'with the skip connection it became trainable through the usual SGD',
      here: `with it, ${ofNetwork(joined)}`,
    },
    {
      paper: 'half of the model stays unused: no useful signal passes through that segment',
      here:
        `probes: ${at(layerName(1))} at ${layerName(1)}, ${at(layerName(half))} at ${layerName(half)}, ` +
        `${at('skip')} where the image joins, ${at(layerName(layers))} at ${layerName(layers)}`,
    },
    { paper: 'its weights are not zero', here: kernelText(kernels, half) },
    {
      paper: 'the skip connection left a dead segment and skipped over it',
      here: `strata names by itself, with the skip connection: ${deadText(runs['with-skip'])}; without it: ${deadText(runs['without-skip'])}`,
    },
  ];
}

/** The dead segments that strata found, each with the checkpoints at which it did. */
function deadText({ probed }: ProbeRun): string {
  const steps = new Map<string, (number | null)[]>();
  for (const { step, deadSegments } of probed) {
    for (const { first, last, merge, evidence, verdict } of deadSegments) {
      const judged = verdict === 'dead' ? evidence : 'undecided';
      const segment = `${first.tap} to ${last.tap}, bypassed at ${merge} (${judged})`;
      steps.set(segment, [...(steps.get(segment) ?? []), step]);
    }
  }
  const texts = [...steps].map(([segment, at]) => `${segment}, at step ${at.join(', ')}`);
  return texts.length === 0 ? 'none' : texts.join('; ');
}

function kernelText(kernels: readonly KernelChange[], half: number): string {
  const mean = (some: readonly KernelChange[], of: (one: KernelChange) => number) =>
    some.reduce((sum, one) => sum + of(one), 0) / some.length;
  const [first, second] = [kernels.slice(0, half), kernels.slice(half, 2 * half)];
  const moved = (some: readonly KernelChange[]) =>
    `${(100 * mean(some, ({ change }) => change)).toFixed(2)} %`;
  return (
    `root mean square ${mean(first, ({ size }) => size).toFixed(3)} in the first half, ` +
    `${mean(second, ({ size }) => size).toFixed(3)} in the second; training moved them by ${moved(first)} and ${moved(second)}`
  );
}

/** Every so manyth layer is a row of the table; all of them are in the run. */
const EVERY = 16;

/** The taps that a table shows: the ends, the merge, both sides of it, and some layers in between. */
export function shownTaps(taps: readonly string[]): readonly string[] {
  const merge = taps.indexOf('skip');
  const near = merge < 0 ? [] : [merge - 1, merge, merge + 1];
  return taps.filter(
    (tap, at) =>
      at < 2 ||
      at >= taps.length - 2 ||
      near.includes(at) ||
      Number(/^layer_(\d+)$/.exec(tap)?.[1]) % EVERY === 0,
  );
}

/** Error by depth at each checkpoint of one of the two networks. */
export function depthTable(skip: Skip, { probed }: ProbeRun, taps: readonly string[]): PageTable {
  const title = skip === 'with-skip' ? 'With the skip connection' : 'Without it';
  return stepTable(`${title}: test error in %`, probed, shownTaps(taps));
}
