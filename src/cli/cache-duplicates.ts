import { DamagedCacheError } from '../errors.js';
import { type Cache, openCache } from '../read/cache.js';
import { type DuplicateCounts, type Duplicates, findDuplicates } from '../read/duplicates.js';
import { hasAllSamples, readSampleTables, type SampleTable } from '../read/samples.js';
import { duplicatesText, isLeaky } from '../report/duplicates-text.js';
import type { PerSplit, Split } from '../split.js';
import { terminal } from './terminal.js';

/** One of several samples with the same bytes, as `describe` names it. */
export interface NamedCopy {
  readonly split: Split;
  readonly key: string;
  /** Its class in the main label set; null where it has none. */
  readonly label: string | null;
}

/** The duplicates of a cache with names. */
export interface NamedDuplicates extends DuplicateCounts {
  /** Two samples or more each. */
  readonly groups: readonly (readonly NamedCopy[])[];
}

/** The duplicates of a cache; undefined while samples are still to be extracted. */
export async function namedDuplicates(cache: Cache): Promise<NamedDuplicates | undefined> {
  if (!hasAllSamples(cache)) return undefined;
  const samples = await readSampleTables(cache);
  const { groups, counts } = findDuplicates(samples);
  const classes = cache.manifest.identity.labelSets.label?.classes ?? [];
  return { ...counts, groups: named(groups, samples, classes) };
}

function named(
  groups: Duplicates['groups'],
  samples: PerSplit<SampleTable>,
  classes: readonly string[],
): NamedDuplicates['groups'] {
  return groups.map((group) =>
    group.map(({ split, row }) => ({
      split,
      key: samples[split].keys[row]!,
      label: classes[samples[split].labels.label?.[row] ?? -1] ?? null,
    })),
  );
}

/**
 * Says in one line how many samples of a cache have the same bytes, once all are there: a warning where probes would be
 * judged by what they are trained on. Of whoever fills a cache together it is the last who says it.
 *
 * @returns the counts; null where they are not known yet, or a samples part is damaged.
 */
export async function noteDuplicates(directory: string): Promise<DuplicateCounts | null> {
  const cache = await openCache(directory);
  if (!hasAllSamples(cache)) return null;
  try {
    const { counts } = findDuplicates(await readSampleTables(cache));
    const text = duplicatesText(counts);
    const line = `samples with the same bytes: ${text} (strata describe ${directory} names them)`;
    if (isLeaky(counts) || counts.conflicting > 0) terminal.warn(line);
    else if (text !== undefined) terminal.note(line);
    return counts;
  } catch (error) {
    if (!(error instanceof DamagedCacheError)) throw error;
    terminal.warn(`samples with the same bytes are not counted: ${error.message}`);
    return null;
  }
}
