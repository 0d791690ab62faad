import { rm } from 'node:fs/promises';
import type { ShardWriter } from '../store/column.js';
import { commitAll, type FinishedFile, temporaryPath, uncommit } from '../store/commit.js';
import { featureFile, samplesFile } from '../store/layout.js';
import type { CacheIdentity } from '../store/manifest.js';
import { type SampleRow, writeSamples } from '../store/samples.js';
import { openShardWriter } from '../store/shard-writer.js';
import type { ShardTask } from './plan.js';

/** What a shard's files are written with. */
export interface ShardOutputOptions {
  readonly directory: string;
  readonly task: ShardTask;
  readonly identity: Pick<CacheIdentity, 'dtype' | 'format'>;
  readonly labelSetNames: readonly string[];
}

interface OpenFile {
  readonly file: string;
  readonly writer: ShardWriter;
}

/** The files of one shard while they are being filled: all are committed together, or none is left behind. */
export class ShardOutput {
  readonly #options: ShardOutputOptions;
  readonly #files: readonly OpenFile[];
  readonly #rows: SampleRow[] = [];
  readonly #samplesPath: string;

  private constructor(options: ShardOutputOptions, files: readonly OpenFile[]) {
    this.#options = options;
    this.#files = files;
    this.#samplesPath = temporaryPath(options.directory, samplesFile(options.task.split, options.task.shard));
  }

  /** Opens a temporary file for each column the task lacks. */
  static async open(options: ShardOutputOptions): Promise<ShardOutput> {
    const { directory, task, identity } = options;
    const files: OpenFile[] = [];
    try {
      for (const column of task.columns) {
        const file = featureFile(column, task.split, task.shard, identity.format);
        const path = temporaryPath(directory, file);
        const { dtype, format } = identity;
        files.push({
          file,
          writer: await openShardWriter({
            path,
            features: column.features,
            dtype,
            format,
            rows: task.end - task.start,
          }),
        });
      }
    } catch (error) {
      await Promise.all(files.map(({ writer }) => writer.abort()));
      throw error;
    }
    return new ShardOutput(options, files);
  }

  /** Appends rows to every column, in the task's order of columns, and the batch's samples. */
  async append(
    ids: Int32Array,
    features: readonly (Float32Array | Uint16Array)[],
    rows: readonly SampleRow[],
  ): Promise<void> {
    this.#rows.push(...rows);
    await Promise.all(
      this.#files.map(({ writer }, index) => writer.append(ids, features[index] ?? new Float32Array(0))),
    );
  }

  /** Ends and commits every file, the samples part first, so that no feature shard is listed without it. */
  async commit(): Promise<number> {
    const { directory, task, labelSetNames } = this.#options;
    const written: FinishedFile[] = [];
    if (task.samples) {
      const file = samplesFile(task.split, task.shard);
      written.push({ file, result: await writeSamples(this.#samplesPath, labelSetNames, this.#rows) });
    }
    const finished = this.#files.map(async ({ file, writer }) => ({ file, result: await writer.finish() }));
    written.push(...(await Promise.all(finished)));
    // Only now, so that a run that is stopped has still what it had.
    if (task.again) await uncommit(directory, written.map(({ file }) => file).reverse());
    await commitAll(directory, written);
    return written.reduce((bytes, { result }) => bytes + result.bytes, 0);
  }

  /** Drops everything that was written and is not committed. */
  async abort(): Promise<void> {
    await Promise.all(this.#files.map(({ writer }) => writer.abort()));
    await rm(this.#samplesPath, { force: true });
  }
}
