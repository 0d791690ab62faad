import type { PairedCounts } from '../../src/probe/paired-difference.js';
import type { RandomStream } from '../../src/random.js';
import { type DeadSegment, deadSegments, type TapError } from '../../src/report/dead-segments.js';
import { chainOf, type Edges, graphOf } from './example-graphs.js';

/** A network whose blocks each have a long branch that truly gains so much; every block is probed at its merge. */
export interface SimulatedNetwork {
  readonly blocks: number;
  readonly samples: number;
  /** The error before the first block, and how much lower it truly is after each of them. */
  readonly error: number;
  readonly gain: number;
  /** The share of samples that differ between a merge and the one before it beyond the gain, half of them either way. */
  readonly differing: number;
}

const CHANCE = 0.9;

/** What is found in one drawn test split: the outcomes of each sample at each merge are drawn, and so are the errors. */
export function drawnSegments(network: SimulatedNetwork, random: RandomStream): readonly DeadSegment[] {
  const { blocks, samples, error } = network;
  const edges: Record<string, readonly string[]> = { input: [] };
  const errors: TapError[] = [];
  const counts = new Map<string, PairedCounts>();
  let wrong = Array.from({ length: samples }, () => random.uniform() < error);
  errors.push(errorOf('input', wrong));
  for (let block = 1; block <= blocks; block++) {
    const before = block === 1 ? 'input' : `add_${block - 1}`;
    const start = 6 * (block - 1) + 1;
    Object.assign(edges, chainOf(6, { from: before, start }) satisfies Edges);
    edges[`add_${block}`] = [`dense_${start + 5}`, before];
    const after = stepped(wrong, { ...network, error: error - (block - 1) * network.gain }, random);
    errors.push({ tap: `dense_${start + 5}`, error: 0.8, samples }, errorOf(`add_${block}`, after));
    counts.set(`add_${block}`, countsOf(wrong, after));
    wrong = after;
  }
  const changeOf = (_: TapError, to: TapError) => counts.get(to.tap);
  return deadSegments({ taps: graphOf(edges), errors, chance: CHANCE, changeOf });
}

/** Samples that are wrong become right, and right ones wrong, so that both errors have the size that they should. */
function stepped(
  wrong: readonly boolean[],
  { error, gain, differing }: SimulatedNetwork,
  random: RandomStream,
): boolean[] {
  const mended = (differing / 2 + gain) / error;
  const broken = differing / 2 / (1 - error);
  return wrong.map((is) => (is ? random.uniform() >= mended : random.uniform() < broken));
}

function errorOf(tap: string, wrong: readonly boolean[]): TapError {
  return { tap, error: wrong.filter(Boolean).length / wrong.length, samples: wrong.length };
}

function countsOf(before: readonly boolean[], after: readonly boolean[]): PairedCounts {
  const newlyWrong = after.filter((is, at) => is && !before[at]).length;
  const newlyRight = after.filter((is, at) => !is && before[at]).length;
  return { samples: before.length, newlyWrong, newlyRight };
}
