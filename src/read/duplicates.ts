import { type PerSplit, perSplit, SPLITS, type Split } from '../split.js';
import { type SampleTable, SHA256_BYTES } from './samples.js';

/** A sample by its place in its split's listing. */
export interface SamplePlace {
  readonly split: Split;
  readonly row: number;
}

/** Samples of a cache whose sources have the same bytes. */
export interface Duplicates {
  /** Two samples or more each, in the order train, valid, test. */
  readonly groups: readonly (readonly SamplePlace[])[];
  /** For each row 1 where an earlier split has its bytes: those of valid that are in train, of test in train or valid. */
  readonly leaked: PerSplit<Uint8Array>;
  readonly counts: DuplicateCounts;
}

/** How many samples {@link Duplicates} are about. */
export interface DuplicateCounts {
  /** Those of valid whose bytes are in train, and of test whose bytes are in train or valid. */
  readonly leaked: { readonly valid: number; readonly test: number };
  /** Those of test whose bytes are in train, and in valid: some may be in both. */
  readonly testInTrain: number;
  readonly testInValid: number;
  /** Those of each split whose bytes an earlier sample of the same split has. */
  readonly within: PerSplit<number>;
  /** Those whose bytes some other sample has with another class of the main label set. */
  readonly conflicting: number;
}

/**
 * Finds samples whose sources have the same bytes: image files, or the pixels of data sets that are pixels, by their
 * sha256. One file listed twice by a link is found so too; the same picture in another size or format is not.
 * Quarantined samples have no features, and do not count.
 *
 * Two passes over packed digests, so that a million samples need 8 bytes each and no strings: the first finds which
 * 48-bit heads occur twice, the second groups the few rows that have those by the whole digest.
 */
export function findDuplicates(samples: PerSplit<SampleTable>): Duplicates {
  const repeated = repeatedHeads(samples);
  const byDigest = new Map<string, SamplePlace[]>();
  for (const split of SPLITS) {
    const digests = digestsOf(samples[split]);
    for (let row = 0; row < samples[split].rows; row++) {
      if (samples[split].ok[row] !== 1 || !repeated.has(headAt(digests, row))) continue;
      const digest = digests.toString('latin1', row * SHA256_BYTES, (row + 1) * SHA256_BYTES);
      const places = byDigest.get(digest);
      if (places === undefined) byDigest.set(digest, [{ split, row }]);
      else places.push({ split, row });
    }
  }
  const groups = [...byDigest.values()].filter(({ length }) => length > 1);
  return { groups, leaked: leakedRows(groups, samples), counts: countDuplicates(groups, samples) };
}

function digestsOf({ sha256 }: SampleTable): Buffer {
  return Buffer.from(sha256.buffer, sha256.byteOffset, sha256.byteLength);
}

/** The first 48 bits of a digest; 0 where there is none. */
function headAt(digests: Buffer, row: number): number {
  return digests.readUIntBE(row * SHA256_BYTES, 6);
}

function repeatedHeads(samples: PerSplit<SampleTable>): ReadonlySet<number> {
  const heads = new Float64Array(SPLITS.reduce((sum, split) => sum + samples[split].rows, 0));
  let count = 0;
  for (const split of SPLITS) {
    const digests = digestsOf(samples[split]);
    for (let row = 0; row < samples[split].rows; row++)
      if (samples[split].ok[row] === 1) heads[count++] = headAt(digests, row);
  }
  const sorted = heads.subarray(0, count).sort();
  const repeated = new Set<number>();
  for (let at = 1; at < count; at++) {
    const head = sorted[at]!;
    if (head === sorted[at - 1] && head !== 0) repeated.add(head);
  }
  return repeated;
}

function leakedRows(groups: Duplicates['groups'], samples: PerSplit<SampleTable>): PerSplit<Uint8Array> {
  const leaked = perSplit((split) => new Uint8Array(samples[split].rows));
  for (const group of groups)
    for (const { split, row } of group) leaked[split][row] = Number(split !== group[0]!.split);
  return leaked;
}

function countDuplicates(groups: Duplicates['groups'], samples: PerSplit<SampleTable>): DuplicateCounts {
  const within = { train: 0, valid: 0, test: 0 };
  const leaked = { valid: 0, test: 0 };
  let [testInTrain, testInValid, conflicting] = [0, 0, 0];
  for (const group of groups) {
    const of = perSplit((split) => group.filter((place) => place.split === split).length);
    for (const split of SPLITS) within[split] += Math.max(0, of[split] - 1);
    if (of.train > 0) leaked.valid += of.valid;
    if (of.train + of.valid > 0) leaked.test += of.test;
    if (of.train > 0) testInTrain += of.test;
    if (of.valid > 0) testInValid += of.test;
    const labels = group.map(({ split, row }) => samples[split].labels.label?.[row] ?? -1);
    if (new Set(labels.filter((label) => label >= 0)).size > 1) conflicting += group.length;
  }
  return { leaked, testInTrain, testInValid, within, conflicting };
}
