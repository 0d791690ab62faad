/**
 * One ResNet-50 as ONNX, as a SavedModel and as a tfjs model, with the same weights: what `strata extract` stores of each is
 * compared with what forward hooks of PyTorch see.
 */
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { largestDeviation } from '../../src/forward/deviation.js';
import { type Cache, type CachedColumn, openCache } from '../../src/read/cache.js';
import { readShard } from '../../src/read/shard.js';
import { SPLITS } from '../../src/split.js';
import { runStrata } from '../bench/run-strata.js';
import { tryCommand } from '../setup/run-command.js';
import { exportPython } from './environment.js';
import { IMAGENETTE } from './results.js';

/** The formats, and where the makers of the models put each. */
const MODELS = { ONNX: 'net.onnx', SavedModel: 'saved-model', tfjs: 'tfjs' } as const;

/** A format of {@link MODELS}. */
export type ModelFormat = keyof typeof MODELS;

/** The formats, in the order of the table. */
export const MODEL_FORMATS = Object.keys(MODELS) as readonly ModelFormat[];

/** The reductions compared: all features, and those that PyTorch has no word for, which the formats have among themselves. */
const REDUCTIONS = ['flatten', 'average-pool', 'grid-pool:2'] as const;

/** The largest difference of a tap's features, relative to the largest of them. */
export interface TapAgreement {
  readonly shape: readonly number[];
  /** The name of the tap in each format. */
  readonly names: Readonly<Record<ModelFormat, string>>;
  /** Of each format from PyTorch, all features; of the input, from that of ONNX. */
  readonly fromPyTorch: Readonly<Record<ModelFormat, number>>;
  /** The largest between two formats, under any reduction. */
  readonly betweenFormats: number;
}

async function python(library: 'torchvision' | 'keras', args: readonly string[]): Promise<void> {
  const kind = library === 'keras' ? 'keras' : 'torch';
  const program = join('scripts', 'export', `agreement_${kind}.py`);
  const { code, output } = await tryCommand(await exportPython(library), [program, ...args]);
  if (code !== 0) throw new Error(`agreement_${kind}.py ${args.join(' ')}: ${output.trim()}`);
}

/** `images` of each split through one format, every point under every reduction. */
async function extracted(folder: string, format: ModelFormat, images: number): Promise<Cache> {
  const cache = join(folder, `cache-${format}`);
  const dataset = existsSync(IMAGENETTE) ? `folder:${IMAGENETTE}` : 'glyphs';
  await runStrata([
    ...['extract', '--dataset', dataset, '--limit', `${images}`, '--model', join(folder, MODELS[format])],
    ...['--taps', 'paper', '--reduce', REDUCTIONS.join(','), '--batch', '8', '--cache', cache],
  ]);
  return await openCache(cache);
}

function columnsUnder({ columns }: Cache, reduction: string): readonly CachedColumn[] {
  return columns.filter((column) => column.reduction === reduction);
}

/** The features of all samples of a column, (samples, features). */
async function featuresOf(cache: Cache, column: CachedColumn): Promise<Float32Array> {
  const parts: Float32Array[] = [];
  for (const split of SPLITS)
    for (let shard = 0; shard < column.shards[split]; shard++)
      parts.push((await readShard(cache, column, split, shard)).features);
  const all = new Float32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** What forward hooks see at the input and at every merge. */
async function hooked(folder: string, input: Float32Array, merges: number): Promise<readonly Float32Array[]> {
  const images = join(folder, 'images.f32');
  await writeFile(images, input);
  await python('torchvision', ['hooks', folder, images]);
  const read = async (at: number) => {
    const { buffer, byteOffset, length } = await readFile(join(folder, 'hooks', `${at}.f32`));
    return new Float32Array(buffer.slice(byteOffset, byteOffset + length));
  };
  return [input, ...(await Promise.all(Array.from({ length: merges }, (_, at) => read(at))))];
}

function perFormat<Value>(make: (format: ModelFormat) => Value): Record<ModelFormat, Value> {
  return Object.fromEntries(MODEL_FORMATS.map((format) => [format, make(format)])) as Record<
    ModelFormat,
    Value
  >;
}

/** Features of one point by format. */
async function pointFeatures(caches: Record<ModelFormat, Cache>, reduction: string, point: number) {
  const features = new Map<ModelFormat, Float32Array>();
  for (const format of MODEL_FORMATS)
    features.set(format, await featuresOf(caches[format], columnsUnder(caches[format], reduction)[point]!));
  return perFormat((format) => features.get(format)!);
}

/** The largest deviation of two formats from each other. */
function amongFormats(features: Record<ModelFormat, Float32Array>): number {
  const pairs = MODEL_FORMATS.flatMap((one, at) =>
    MODEL_FORMATS.slice(at + 1).map((other) => [one, other] as const),
  );
  return Math.max(...pairs.map(([one, other]) => largestDeviation(features[one], features[other])));
}

async function agreementAt(
  caches: Record<ModelFormat, Cache>,
  hooks: readonly Float32Array[],
  point: number,
): Promise<TapAgreement> {
  const between: number[] = [];
  for (const reduction of REDUCTIONS)
    between.push(amongFormats(await pointFeatures(caches, reduction, point)));
  const whole = await pointFeatures(caches, 'flatten', point);
  const columnOf = (format: ModelFormat) => columnsUnder(caches[format], 'flatten')[point]!;
  return {
    shape: columnOf('ONNX').tap.shape,
    names: perFormat((format) => columnOf(format).tap.name),
    fromPyTorch: perFormat((format) => largestDeviation(hooks[point]!, whole[format])),
    betweenFormats: Math.max(...between),
  };
}

/**
 * Makes the models in a folder, extracts `images` of each split from each, and compares them at every point, in depth order.
 * The folder needs about 1.2 GB with four images.
 */
export async function agreement(folder: string, images: number): Promise<readonly TapAgreement[]> {
  await python('keras', [folder]);
  await python('torchvision', ['export', folder]);
  const caches = new Map<ModelFormat, Cache>();
  for (const format of MODEL_FORMATS) caches.set(format, await extracted(folder, format, images));
  const all = perFormat((format) => caches.get(format)!);
  const points = columnsUnder(all.ONNX, 'flatten');
  const hooks = await hooked(folder, await featuresOf(all.ONNX, points[0]!), points.length - 1);
  const rows: TapAgreement[] = [];
  for (const point of points.keys()) rows.push(await agreementAt(all, hooks, point));
  return rows;
}
