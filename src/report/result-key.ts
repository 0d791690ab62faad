import { canonicalJson, type Json, sha256Hex } from '../fingerprint.js';
import { RESULTS_VERSION } from '../probe/kept-results.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import { type Cache, type CachedColumn, columnName } from '../read/cache.js';
import { SPLITS } from '../split.js';
import { featureFile } from '../store/layout.js';

/**
 * The key of a column's results: the sha256 of everything that can change them but the labels. These are the cache's
 * fingerprint, the column, the bytes of its shards (which retried samples change), the version of the results and
 * `training`: how the probes are trained.
 */
export function columnKey(cache: Cache, column: CachedColumn, training: Json): string {
  const { tap, reduction } = column;
  return sha256Hex(
    canonicalJson({
      results: RESULTS_VERSION,
      cache: cache.manifest.fingerprint,
      column: { tap: tap.name, depth: tap.depth, shape: tap.shape, reduction },
      shards: shardHashes(cache, column),
      training,
    }),
  );
}

/** The key of a label set: the sha256 of its name, its classes, the label of every row and its other draws. */
export function labelSetKey({ name, classes, labels, otherDraws = [] }: ProbeLabelSet): string {
  const hashOf = ({ buffer, byteOffset, byteLength }: Int32Array) =>
    sha256Hex(new Uint8Array(buffer, byteOffset, byteLength));
  const hashes = [...SPLITS.map((split) => labels[split]), ...otherDraws].map(hashOf);
  return sha256Hex(canonicalJson({ name, classes, labels: hashes }));
}

function shardHashes({ commits, manifest }: Cache, column: CachedColumn): readonly string[] {
  return SPLITS.flatMap((split) =>
    Array.from({ length: column.expected[split] }, (_, shard) => {
      const file = featureFile(columnName(column), split, shard, manifest.identity.format);
      return commits.get(file)?.sha256 ?? '';
    }),
  );
}
