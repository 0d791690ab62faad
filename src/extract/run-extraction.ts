import { OrderTally } from '../class-order.js';
import type { Dataset } from '../dataset/dataset.js';
import { type DecodedBatch, decodedBatches } from '../decode/batches.js';
import type { ForwardPass, ForwardResult, Wanted } from '../forward/forward.js';
import type { PreparedForward } from '../forward/prepare-forward.js';
import type { Preprocess } from '../model/preprocess.js';
import type { Profile } from '../profile.js';
import type { PerSplit } from '../split.js';
import { StageClock, type StageTime } from '../stage-clock.js';
import { isCommitted } from '../store/commit.js';
import { featureFile, samplesFile } from '../store/layout.js';
import type { Manifest } from '../store/manifest.js';
import type { SampleRow } from '../store/samples.js';
import { type BatchJob, batchJobs } from './batch-jobs.js';
import { batchRows, keepRows, sampleOffsets } from './batch-rows.js';
import type { ClassifierScoring } from './classifier-scoring.js';
import type { ExtractColumn } from './columns.js';
import type { PlannedColumn, ShardTask } from './plan.js';
import { RecordedSamples } from './recorded-samples.js';
import { ShardOutput } from './shard-output.js';

/** Everything an extraction needs; the plan's tasks are done in their order. */
export interface ExtractionJob {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly dataset: Dataset;
  readonly preprocess: Preprocess;
  readonly columns: readonly ExtractColumn[];
  /** The network, ready to run for these columns. */
  readonly forward: PreparedForward;
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
  /** Takes down what is done when. */
  readonly profile?: Profile | undefined;
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
  /** What the samples say against how the network's outputs were read. */
  readonly warnings: readonly string[];
}

function tallyFor({ scoring, dataset }: ExtractionJob): OrderTally | undefined {
  const classes = dataset.labelSets[0]?.classes ?? [];
  return scoring?.order === undefined ? undefined : new OrderTally(classes, scoring.order);
}

class Extraction {
  readonly #job: ExtractionJob;
  readonly #clock: StageClock;
  readonly #forward: ForwardPass;
  readonly #offsets: PerSplit<number>;
  readonly #labelSetNames: readonly string[];
  readonly #recorded: RecordedSamples;
  readonly #places: ReadonlyMap<PlannedColumn, number>;
  readonly #totals = { samples: 0, shards: 0, bytes: 0, quarantined: 0, stopped: false };
  readonly #tally: OrderTally | undefined;
  #output: ShardOutput | undefined;
  #batches = 0;
  /** The batch that is being written while the next one is computed. */
  #writing: Promise<void> = Promise.resolve();

  constructor(job: ExtractionJob) {
    this.#job = job;
    this.#clock = new StageClock((span) => job.profile?.add(span));
    this.#forward = job.forward.open();
    this.#offsets = sampleOffsets(job.manifest.samples);
    this.#labelSetNames = job.dataset.labelSets.map(({ name }) => name);
    this.#tally = tallyFor(job);
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
      await this.#clock.time('wait for write', () => this.#writing);
    } finally {
      await batches.return?.();
      await Promise.allSettled([this.#writing]);
      await this.#output?.abort();
      this.#forward.dispose();
    }
    const warning = this.#tally?.warning(this.#job.manifest.names.model);
    const warnings = warning === undefined ? [] : [warning];
    return {
      ...this.#totals,
      warnings,
      seconds: (performance.now() - start) / 1000,
      stages: this.#clock.report(),
    };
  }

  #decoded(): AsyncIterator<DecodedBatch<BatchJob>> {
    const { dataset, preprocess, manifest, concurrency, drop } = this.#job;
    return decodedBatches(this.#batchJobs(), {
      read: (split, index) => dataset.read(split, index),
      geometry: preprocess.geometry,
      batch: manifest.identity.batch,
      concurrency,
      onDecoded: (start, end, images) => this.#clock.addMeanwhile('decode', start, end, images),
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

  /** Computes a batch while the one before it is written, and starts writing it. */
  async #take(batch: DecodedBatch<BatchJob>): Promise<void> {
    const { task, slots } = batch.job;
    const columns = task.columns.map((column) => this.#places.get(column) ?? -1);
    const classify = task.samples && this.#job.scoring !== undefined;
    await this.#profileOnce(batch.pixels, { columns, classify });
    const result = await this.#clock.time('forward', () =>
      this.#forward.run(batch.pixels, { columns, classify }),
    );
    batch.release();
    this.#clock.add('forward', 0, slots.length);
    await this.#clock.time('wait for write', () => this.#writing);
    this.#writing = this.#write(batch, result);
    // It is awaited before the next batch is written, and not before.
    this.#writing.catch(() => undefined);
  }

  /** Has the ops of the second batch timed: the first one's are not yet what they will be. */
  async #profileOnce(pixels: Uint8Array, wanted: Wanted): Promise<void> {
    const { profile } = this.#job;
    if (profile === undefined || this.#forward.profile === undefined || this.#batches++ !== 1) return;
    await this.#writing;
    const start = performance.now();
    profile.addOps(start, await this.#forward.profile(pixels, wanted));
    this.#clock.add('profile', (performance.now() - start) / 1000);
  }

  async #write({ job, samples }: DecodedBatch<BatchJob>, result: ForwardResult): Promise<void> {
    const { scoring, dataset, onProgress, profile } = this.#job;
    const { probabilities } = result;
    await this.#clock.timeMeanwhile('write', async () => {
      this.#output ??= await this.#openShard(job.task);
      const found = batchRows({ dataset, offsets: this.#offsets, job, samples, scoring, probabilities });
      const rows = job.task.samples ? found : await this.#recorded.match(job.task, found);
      await this.#append(rows, job.task, result);
    });
    onProgress?.(job.slots.length);
    profile?.addMemory(performance.now(), process.memoryUsage.rss(), this.#totals.samples);
    if (job.last) await this.#closeShard();
  }

  async #append(
    rows: readonly SampleRow[],
    { columns }: ShardTask,
    { features }: ForwardResult,
  ): Promise<void> {
    const keep = rows.flatMap(({ status }, slot) => (status === 'ok' ? [slot] : []));
    const ids = Int32Array.from(keep, (slot) => rows[slot]?.id ?? -1);
    const kept = features.map((values, at) => keepRows(values, keep, columns[at]!.features));
    await this.#output?.append(ids, kept, rows);
    this.#takeDown(rows);
    this.#totals.samples += rows.length;
    this.#totals.quarantined += rows.length - keep.length;
  }

  #takeDown(rows: readonly SampleRow[]): void {
    const name = this.#labelSetNames[0];
    for (const { modelPrediction, labels } of rows) {
      const label = name === undefined ? null : labels[name];
      if (modelPrediction !== null && typeof label === 'string') this.#tally?.add(modelPrediction, label);
    }
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
    this.#totals.bytes += await this.#clock.timeMeanwhile(
      'commit',
      async () => (await output?.commit()) ?? 0,
    );
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
