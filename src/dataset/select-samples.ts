import { hashFraction } from '../random.js';
import { type PerSplit, perSplit, type Split } from '../split.js';
import type { SampleSource, SourceSplit } from './source.js';

/** The part of `train` that becomes a split which the source lacks, in [0, 1). */
export interface Carve {
  readonly valid: number;
  readonly test: number;
}

/** What decides which samples of a source are in which split. */
export interface Selection {
  readonly splitSeed: number;
  readonly carve: Carve;
  /** At most that many samples per split. */
  readonly limit?: number;
  /** The indices of the classes to keep, increasing; all of them when absent. */
  readonly classes?: readonly number[];
}

/** The samples of a split: some of the samples of one source split, in the source's order. */
export interface SelectedSplit {
  readonly from: Split;
  readonly indices: Uint32Array;
}

type Splits = SampleSource['splits'];

/**
 * Decides which samples are in which split. Pure: it depends on keys, labels and the selection alone.
 *
 * - A split that the source has stays whole. One that it lacks is carved out of `train` by
 *   u = hashFraction(splitSeed, 'split', key): u < valid goes to valid, the next `test` of [0, 1) to test, the
 *   rest stays in train. Each sample is placed by its own key, so adding files never moves another one.
 * - Then the samples of classes that are not wanted are left out.
 * - Then `limit` keeps, of each split, the samples with the smallest hashFraction(splitSeed, 'limit', key).
 */
export function selectSamples(splits: Splits, selection: Selection): PerSplit<SelectedSplit> {
  const carved = carveSplits(splits, selection);
  return perSplit((split) => {
    const { from, indices } = carved[split];
    const source = splits[from];
    if (source === undefined) return { from, indices };
    return {
      from,
      indices: limitSamples(source, keepClasses(source, indices, selection.classes), selection),
    };
  });
}

function carveSplits(splits: Splits, selection: Selection): PerSplit<SelectedSplit> {
  const place = placeTrainSamples(splits, selection);
  return perSplit((split) => {
    const source = splits[split];
    if (split !== 'train' && source !== undefined) return { from: split, indices: range(source.length) };
    return { from: 'train', indices: indicesWhere(place.length, (index) => place[index] === CODE[split]) };
  });
}

const CODE: PerSplit<number> = { train: 0, valid: 1, test: 2 };

/** The split of each train sample of the source, as a {@link CODE}. */
function placeTrainSamples(splits: Splits, { splitSeed, carve }: Selection): Uint8Array {
  const place = new Uint8Array(splits.train.length);
  const valid = splits.valid === undefined ? carve.valid : 0;
  const test = splits.test === undefined ? carve.test : 0;
  if (valid === 0 && test === 0) return place;
  // The ranges stay where they are when only one of the splits is missing, so that a test split carved today
  // is the same one after a valid folder is added.
  for (let index = 0; index < place.length; index++) {
    const u = hashFraction(splitSeed, 'split', splits.train.key(index));
    if (u < carve.valid) place[index] = valid > 0 ? CODE.valid : CODE.train;
    else if (u < carve.valid + carve.test) place[index] = test > 0 ? CODE.test : CODE.train;
  }
  return place;
}

function keepClasses(source: SourceSplit, indices: Uint32Array, classes?: readonly number[]): Uint32Array {
  if (classes === undefined) return indices;
  const wanted = new Set(classes);
  return indices.filter((index) => wanted.has(source.labels[index] ?? -1));
}

function limitSamples(
  source: SourceSplit,
  indices: Uint32Array,
  { limit, splitSeed }: Selection,
): Uint32Array {
  if (limit === undefined || indices.length <= limit) return indices;
  const fractions = Float64Array.from(indices, (index) =>
    hashFraction(splitSeed, 'limit', source.key(index)),
  );
  const cut = Float64Array.from(fractions).sort()[limit - 1] ?? 0;
  // Two keys with the same 48 bits are as good as impossible; the slice makes the count right even then.
  return indices.filter((_, at) => (fractions[at] ?? 1) <= cut).slice(0, limit);
}

function range(length: number): Uint32Array {
  return Uint32Array.from({ length }, (_, index) => index);
}

function indicesWhere(length: number, keep: (index: number) => boolean): Uint32Array {
  let count = 0;
  const kept = new Uint32Array(length);
  for (let index = 0; index < length; index++) if (keep(index)) kept[count++] = index;
  return kept.slice(0, count);
}
