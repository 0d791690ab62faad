import { ResourceError } from '../errors.js';
import { samplesFile } from '../store/layout.js';
import { readListedSamples } from '../store/listed-samples.js';
import type { SampleRow } from '../store/samples.js';
import type { ShardTask } from './plan.js';

/**
 * What the samples part of a shard said when it was first extracted. Columns added later must have the same rows,
 * computed from the same bytes, so what the decoder finds now is held against it.
 */
export class RecordedSamples {
  readonly #directory: string;
  readonly #labelSetNames: readonly string[];
  #open: { readonly file: string; readonly rows: ReadonlyMap<number, SampleRow> } | undefined;

  constructor(directory: string, labelSetNames: readonly string[]) {
    this.#directory = directory;
    this.#labelSetNames = labelSetNames;
  }

  /**
   * The rows as they were recorded, for rows as they are found now.
   *
   * @throws ResourceError when a sample can no longer be read, or its bytes have changed.
   * @throws DamagedCacheError when the samples part is not as recorded.
   */
  async match(task: ShardTask, found: readonly SampleRow[]): Promise<readonly SampleRow[]> {
    const recorded = await this.#rowsOf(task);
    return found.map((now) => {
      const then = recorded.get(now.id);
      if (then === undefined)
        throw new Error(`sample ${now.id} is missing from ${samplesFile(task.split, task.shard)}`);
      if (then.status === 'ok' && now.status === 'quarantined') {
        throw new ResourceError(
          `sample could be read when the cache was made, and now cannot: ${now.key}: ${now.reason}`,
        );
      }
      if (then.status === 'ok' && then.sourceSha256 !== now.sourceSha256) {
        throw new ResourceError(
          `sample has changed since the cache was made: ${now.key} (sha256 ${now.sourceSha256}, recorded ${then.sourceSha256})`,
        );
      }
      return then;
    });
  }

  async #rowsOf(task: ShardTask): Promise<ReadonlyMap<number, SampleRow>> {
    const file = samplesFile(task.split, task.shard);
    if (this.#open?.file !== file) {
      const rows = await readListedSamples(this.#directory, file, this.#labelSetNames);
      this.#open = { file, rows: new Map(rows.map((row) => [row.id, row])) };
    }
    return this.#open.rows;
  }
}
