import type { Dataset } from '../dataset/dataset.js';
import { type DecodedBatch, decodedBatches } from '../decode/batches.js';
import type { FrozenModel } from '../model/model.js';
import type { Preprocess } from '../model/preprocess.js';
import type { PerSplit } from '../split.js';
import { StageClock, type StageTime } from '../stage-clock.js';
import { isCommitted } from '../store/commit.js';
import { featureFile, samplesFile } from '../store/layout.js';
import type { Manifest } from '../store/manifest.js';
import { type BatchJob, batchJobs } from './batch-jobs.js';
import { batchRows, keepRows, sampleOffsets } from './batch-rows.js';
import type { ClassifierScoring } from './classifier-scoring.js';
import type { ExtractColumn } from './columns.js';
import { ForwardPass, type ForwardResult } from './forward-pass.js';
import type { PlannedColumn, ShardTask } from './plan.js';
import { RecordedSamples } from './recorded-samples.js';
import { ShardOutput } from './shard-output.js';

/** Everything an extraction needs; the plan's tasks are done in their order. */
export interface ExtractionJob {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly dataset: Dataset;
  readonly model: FrozenModel;
  readonly preprocess: Preprocess;
  readonly columns: readonly ExtractColumn[];
  readonly scoring: ClassifierScoring | undefined;
  readonly tasks: readonly ShardTask[];
  /** Images decoded at once. */
  readonly concurrency: number;
  /** Aborted: the shard at hand is finished and nothing more is started. */
  readonly stop?: AbortSignal;
  /** Aborted: the shard at hand is dropped, and the run ends with the signal's reason. */
  readonly drop?: AbortSignal;
  /** Called after each batch with the number of samples in it. */
  readonly onProgress?: (samples: number) => void;
}

/** What an extraction did. `samples` went through the model. */
export interface ExtractionSummary {
  readonly samples: number;
  readonly shards: number;
  readonly bytes: number;
  readonly quarantined: number;
  /** True when `stop` ended the run before the plan was done. */
  readonly stopped: boolean;
  readonly seconds: number;
  readonly stages: readonly StageTime[];
}

class Extraction {
  readonly #job: ExtractionJob;
  readonly #clock = new StageClock();
  readonly #forward: ForwardPass;
  readonly #offsets: PerSplit<number>;
  readonly #labelSetNames: readonly string[];
  readonly #recorded: RecordedSamples;
  readonly #places: ReadonlyMap<PlannedColumn, number>;
  readonly #totals = { samples: 0, shards: 0, bytes: 0, quarantined: 0, stopped: false };
  #output: ShardOutput | undefined;

  constructor(job: ExtractionJob) {
    this.#job = job;
    const { batch, seed } = job.manifest.identity;
    this.#forward = new ForwardPass({ ...job, batch, seed });
    this.#offsets = sampleOffsets(job.manifest.samples);
    this.#labelSetNames = job.dataset.labelSets.map(({ name }) => name);
    this.#places = new Map(job.columns.map((column, place) => [column, place]));
    this.#recorded = new RecordedSamples(job.directory, this.#labelSetNames);
  }

  async run(): Promise<ExtractionSummary> {
    const start = performance.now();
    const { drop } = this.#job;
    const batches = this.#decoded();
    try {
      for (;;) {
        const next = await this.#clock.time('wait for decode', () => batches.next());
        drop?.throwIfAborted();
        if (next.done === true) break;
        await this.#take(next.value);
      }
    } finally {
      await batches.return?.();
      await this.#output?.abort();
      this.#forward.dispose();
    }
    return { ...this.#totals, seconds: (performance.now() - start) / 1000, stages: this.#clock.report() };
  }

  #decoded(): AsyncIterator<DecodedBatch<BatchJob>> {
    const { dataset, preprocess, manifest, concurrency, drop } = this.#job;
    return decodedBatches(this.#batchJobs(), {
      read: (split, index) => dataset.read(split, index),
      geometry: preprocess.geometry,
      batch: manifest.identity.batch,
      concurrency,
      ...(drop === undefined ? {} : { signal: drop }),
    })[Symbol.asyncIterator]();
  }

  /** The batches of the plan, leaving out shards that other processes have committed in the meantime. */
  async *#batchJobs(): AsyncGenerator<BatchJob> {
    const { tasks, stop, directory, manifest } = this.#job;
    for (const task of tasks) {
      if (stop?.aborted === true) {
        this.#totals.stopped = true;
        return;
      }
      const done = await Promise.all(this.#filesOf(task).map((file) => isCommitted(directory, file)));
      if (task.again || !done.every(Boolean)) yield* batchJobs(task, manifest.identity.batch);
    }
  }

  #filesOf({ columns, samples, split, shard }: ShardTask): readonly string[] {
    const { format } = this.#job.manifest.identity;
    const files = columns.map((column) => featureFile(column, split, shard, format));
    return samples ? [samplesFile(split, shard), ...files] : files;
  }

  async #take({ job, pixels, samples }: DecodedBatch<BatchJob>): Promise<void> {
    const { task } = job;
    const { scoring, dataset, onProgress } = this.#job;
    this.#output ??= await this.#openShard(task);
    const places = task.columns.map((column) => this.#places.get(column) ?? -1);
    const result = await this.#clock.time('forward', () =>
      this.#forward.run(pixels, new Set(places), task.samples && scoring !== undefined),
    );
    this.#clock.add('forward', 0, job.slots.length);
    const found = batchRows({
      dataset,
      offsets: this.#offsets,
      job,
      samples,
      scoring,
      probabilities: result.probabilities,
    });
    const rows = task.samples ? found : await this.#recorded.match(task, found);
    await this.#clock.time('write', async () => this.#append(rows, places, result));
    onProgress?.(job.slots.length);
    if (job.last) await this.#closeShard();
  }

  async #append(
    rows: Parameters<ShardOutput['append']>[2],
    places: readonly number[],
    { features }: ForwardResult,
  ): Promise<void> {
    const keep = rows.flatMap(({ status }, slot) => (status === 'ok' ? [slot] : []));
    const ids = Int32Array.from(keep, (slot) => rows[slot]?.id ?? -1);
    const kept = places.map((place) =>
      keepRows(features[place] as Float32Array, keep, this.#job.columns[place]?.features ?? 0),
    );
    await this.#output?.append(ids, kept, rows);
    this.#totals.samples += rows.length;
    this.#totals.quarantined += rows.length - keep.length;
  }

  async #openShard(task: ShardTask): Promise<ShardOutput> {
    const { directory, manifest } = this.#job;
    return ShardOutput.open({
      directory,
      task,
      identity: manifest.identity,
      labelSetNames: this.#labelSetNames,
    });
  }

  async #closeShard(): Promise<void> {
    const output = this.#output;
    this.#totals.bytes += await this.#clock.time('commit', async () => (await output?.commit()) ?? 0);
    this.#totals.shards += 1;
    this.#output = undefined;
  }
}

/**
 * Carries out a plan: reads and decodes every sample of each shard once, runs the model on full batches, and
 * commits the shard's files. What was committed stays whatever happens; what was not leaves nothing behind.
 *
 * @throws the reason of `drop` once it is aborted.
 * @throws ResourceError when a sample no longer is what the cache recorded.
 */
export async function runExtraction(job: ExtractionJob): Promise<ExtractionSummary> {
  return new Extraction(job).run();
}
