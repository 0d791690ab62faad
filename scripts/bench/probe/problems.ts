/**
 * The problems of `make bench-probe`, made once into .setup/probe-problems from a seed: arrays for the peers, and a
 * cache of shards for strata. BENCH_PROBE_SCALE (default 1) scales the rows, for trying the benchmark out: below 0.1
 * there are 200 features instead of 1,000, too. At 0.02 all of it takes a few minutes, and its numbers mean nothing.
 */
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { type PerSplit, perSplit, type Split } from '../../../src/split.js';
import { contentKey } from '../../setup/content-key.js';
import { readNpy } from './npy.js';
import { MNIST, PROBE_PROBLEMS, peerScript, runPeerScript } from './probe-peers.js';
import { type MadeLabels, type MadeTap, writeCache } from './write-cache.js';

const SCALE = Number(process.env.BENCH_PROBE_SCALE ?? 1);

/** A number of rows at the scale asked for. */
export const scaled = (rows: number) => Math.max(500, Math.round(rows * SCALE));

/** Seconds that a solver may take, at the scale asked for. */
export const patience = (seconds: number) => (SCALE < 1 ? Math.max(2, seconds * SCALE) : seconds);

/** What a problem is made of: see probe_problems.py. */
export interface ProblemRecipe {
  readonly kind: 'relu' | 'pixels' | 'many';
  readonly rows: number;
  readonly valid: number;
  readonly features: number;
  readonly classes: number;
  readonly labels: readonly string[];
  readonly seed: number;
}

const [ROWS, VALID] = [scaled(50_000), scaled(5000)];
const FEATURES = SCALE < 0.1 ? 200 : 1000;
const digits = {
  rows: ROWS,
  valid: VALID,
  features: FEATURES,
  classes: 10,
  labels: ['digit'],
  seed: 0,
} as const;

/** (a), MNIST's pixels, and (b). */
export const PROBLEMS = {
  relu: { ...digits, kind: 'relu', labels: ['digit', 'parity-ink'] },
  pixels: { ...digits, kind: 'pixels', features: 784 },
  many: {
    ...{ kind: 'many', rows: ROWS, valid: VALID, features: FEATURES, labels: ['class'], seed: 0 },
    classes: Math.min(1000, Math.floor(ROWS / 10)),
  },
} as const satisfies Record<string, ProblemRecipe>;

/** A problem on the disk: the peers' arrays, and a cache of one tap of the same name. */
export interface MadeProblem {
  readonly folder: string;
  readonly cache: string;
  readonly tap: string;
}

/** Makes a problem unless it is there. @throws Error when its script fails. */
export async function makeProblem(recipe: ProblemRecipe): Promise<MadeProblem> {
  const tap = recipe.kind;
  const folder = await madeOnce(tap, recipe, async (making) => {
    await makeArrays(recipe, making);
    const made = await openArrays(recipe, making);
    await writeCache(join(making, 'cache'), { ...made, taps: [{ ...made.tap, name: tap }] });
  });
  return { folder, cache: join(folder, 'cache'), tap };
}

/** Fills a folder that depends on `recipe` and on the scripts alone, unless that has been done; half a folder is none. */
export async function madeOnce(
  name: string,
  recipe: object,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const sources = ['probe_problems.py', 'probe_data.py'].map(peerScript);
  const folder = join(PROBE_PROBLEMS, `${name}-${contentKey(sources, JSON.stringify(recipe))}`);
  if (existsSync(folder)) return folder;
  console.error(`bench: making ${folder}`);
  await rm(`${folder}.tmp`, { recursive: true, force: true });
  await fill(`${folder}.tmp`);
  await rename(`${folder}.tmp`, folder);
  return folder;
}

/** Runs the script that makes a problem's arrays. */
export async function makeArrays(recipe: ProblemRecipe, folder: string): Promise<void> {
  const { kind, rows, valid, features, classes, seed } = recipe;
  await runPeerScript('probe_problems.py', [
    ...[kind, folder, '--rows', String(rows), '--valid', String(valid), '--features', String(features)],
    ...['--classes', String(classes), '--seed', String(seed), '--mnist', MNIST],
  ]);
}

/** The arrays of a folder as a tap and label sets of a cache. */
export async function openArrays(
  { rows, valid, features, labels, classes }: Omit<ProblemRecipe, 'kind' | 'seed'>,
  folder: string,
): Promise<{ rows: PerSplit<number>; tap: MadeTap; labelSets: MadeLabels[] }> {
  const read = async (name: string) => {
    const arrays = await Promise.all(
      ['train', 'valid'].map((split) => readNpy(join(folder, `${split}-${name}.npy`))),
    );
    return perSplit((split) => (split === 'test' ? undefined : arrays[split === 'train' ? 0 : 1]!.values));
  };
  const values = await read('x');
  const labelSets: MadeLabels[] = [];
  for (const name of labels) {
    const own = await read(name);
    labelSets.push({
      name,
      classes,
      labels: perSplit((split) => (own[split] ?? new Int32Array()) as Int32Array),
    });
  }
  const of = (split: Split, start: number, end: number) =>
    values[split]!.subarray(start * features, end * features) as Float32Array;
  return { rows: { train: rows, valid, test: 0 }, tap: { name: 'x', features, values: of }, labelSets };
}
