import { availableParallelism, cpus, totalmem } from 'node:os';
import type { Backend } from '../backend/backend.js';
import type { Products } from '../backend/softmax.js';
import type { Measurement, SplitMetrics } from '../probe/measurement.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import type { Cache } from '../read/cache.js';
import type { DuplicateCounts } from '../read/duplicates.js';
import type { SampleTable } from '../read/samples.js';
import { classOrderWarning } from '../report/class-order-warning.js';
import { duplicateWarnings } from '../report/duplicates-text.js';
import { labelSetRecord, modelMetrics } from '../report/label-set-record.js';
import { runNotes } from '../report/run-notes.js';
import { controlsOf, type RunRecord } from '../report/run-record.js';
import { runWarnings } from '../report/run-warnings.js';
import { type PerSplit, perSplit, SPLITS } from '../split.js';
import type { StageClock } from '../stage-clock.js';

/** What a run record is put together from. */
export interface RunParts {
  readonly version: string;
  readonly started: Date;
  readonly options: RunRecord['options'];
  readonly cache: Cache;
  readonly samples: PerSplit<SampleTable>;
  readonly labelSets: readonly ProbeLabelSet[];
  readonly duplicates: DuplicateCounts;
  readonly measurements: readonly Measurement[];
  readonly backend: Backend;
  readonly products: Products;
  readonly clock: StageClock;
}

function modelOf({ cache, samples }: RunParts): PerSplit<SplitMetrics | null> {
  const outputs = cache.manifest.identity.classifier?.outputs;
  return perSplit((split) => (typeof outputs === 'number' ? modelMetrics(samples[split], outputs) : null));
}

/** What the cache itself gives reason to warn of. */
function cacheWarnings({ cache: { manifest }, samples }: RunParts): readonly string[] {
  const order = classOrderWarning(
    manifest,
    SPLITS.map((split) => samples[split]),
  );
  return [...(manifest.notes ?? []), ...(order === undefined ? [] : [order])];
}

/** The record of a run, for `run.json`: everything needed to repeat it. */
export function runRecordOf(parts: RunParts): RunRecord {
  const { cache, samples, labelSets, duplicates, options, backend, clock, measurements } = parts;
  const { manifest } = cache;
  const model = modelOf(parts);
  const none = perSplit(() => null);
  const { valid, test } = duplicates.leaked;
  const dropped =
    options.dropDuplicates === true ? { train: 0, valid, test } : { train: 0, valid: 0, test: 0 };
  // The model's own verdict is about the main labels: beside other label sets it would be no reference.
  const records = labelSets.map((set) =>
    labelSetRecord(set, { model: set.name === 'label' ? model : none, dropped }),
  );
  return {
    strataVersion: parts.version,
    started: parts.started.toISOString(),
    names: manifest.names,
    cache: { fingerprint: manifest.fingerprint, identity: manifest.identity, samples: manifest.samples },
    options,
    backend: { name: backend.name, version: backend.version, products: parts.products },
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      node: process.version,
      platform: `${process.platform} ${process.arch}`,
    },
    seconds: Object.fromEntries(clock.report().map(({ stage, seconds }) => [stage, seconds])),
    quarantined: perSplit((split) => samples[split].quarantined),
    labelSets: records,
    duplicates,
    warnings: [
      ...cacheWarnings(parts),
      ...duplicateWarnings({ duplicates, options }),
      ...runWarnings(measurements, { controls: controlsOf({ labelSets: records }) }),
    ],
    notes: [...runNotes(manifest.identity.dtype, measurements)],
  };
}
