import type { Commits } from '../store/commit.js';
import { parseFeatureFile, parseSamplesFile } from '../store/layout.js';
import { readListedSamples } from '../store/listed-samples.js';

/** A column by name, as it lies in the cache. */
interface FoundColumn {
  readonly tap: string;
  readonly reduction: string;
}

/** What must be extracted again for quarantined samples to get another chance. */
export interface Retry {
  /** The committed files of every shard that holds a quarantined sample. */
  readonly files: ReadonlySet<string>;
  /** The columns that those files belong to. */
  readonly columns: readonly FoundColumn[];
  readonly samples: number;
}

/** Finds the shards of a cache that hold quarantined samples, with every committed file of theirs. Reads only. */
export async function findRetry(
  directory: string,
  commits: Commits,
  labelSetNames: readonly string[],
): Promise<Retry> {
  const files = new Set<string>();
  const columns = new Map<string, FoundColumn>();
  let samples = 0;
  for (const file of commits.keys()) {
    const part = parseSamplesFile(file);
    if (part === undefined) continue;
    const rows = await readListedSamples(directory, file, labelSetNames);
    const quarantined = rows.filter(({ status }) => status === 'quarantined').length;
    if (quarantined === 0) continue;
    samples += quarantined;
    files.add(file);
    for (const other of commits.keys()) {
      const found = parseFeatureFile(other);
      if (found === undefined || found.split !== part.split || found.shard !== part.shard) continue;
      files.add(other);
      columns.set(JSON.stringify([found.column.tap, found.column.reduction]), found.column);
    }
  }
  return { files, columns: [...columns.values()], samples };
}
