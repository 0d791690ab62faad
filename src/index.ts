export { BACKEND_CHOICES, type Backend, type BackendChoice, loadBackend } from './backend/backend.js';
export { type Checkpoint, checkpointOfFolder } from './checkpoint.js';
export type { Dataset, ImageShape, LabelSet, SourceImage, SplitListing } from './dataset/dataset.js';
export { openDataset } from './dataset/open-dataset.js';
export type { DatasetOptions } from './dataset/selection-options.js';
export { DamagedCacheError, InterruptedError, ResourceError, UserError } from './errors.js';
export { type ClassifierScoring, chooseScoring } from './extract/classifier-scoring.js';
export { chooseColumns, type ExtractColumn } from './extract/columns.js';
export { describeCache } from './extract/describe-cache.js';
export { withLabelTables } from './extract/label-tables.js';
export { planExtraction, type ShardTask } from './extract/plan.js';
export { type ExtractionJob, type ExtractionSummary, runExtraction } from './extract/run-extraction.js';
export type { ForwardChoice, ForwardPass } from './forward/forward.js';
export { type ForwardRequest, type PreparedForward, prepareForward } from './forward/prepare-forward.js';
export { readClassMap } from './model/class-map.js';
export { findCheckpoints, type ModelCheckpoint, type NamedModels } from './model/find-checkpoints.js';
export type { FrozenModel, Tap } from './model/model.js';
export { openModel } from './model/open-model.js';
export { type Preprocess, type PreprocessOptions, resolvePreprocess } from './model/preprocess.js';
export { defaultTaps, resolveTaps } from './model/resolve-taps.js';
export { type ClassScore, type Confusion, classScores, confusionOf } from './probe/confusion.js';
export { type ErrorInterval, errorInterval } from './probe/error-interval.js';
export { holmAdjusted } from './probe/holm.js';
export { type KendallTau, kendallTau } from './probe/kendall.js';
export type { KeptResults } from './probe/kept-results.js';
export type { Measurement, Predictions, ProbeWeights, SplitMetrics } from './probe/measurement.js';
export { type PairedCounts, type PairedDifference, pairedDifference } from './probe/paired-difference.js';
export { type ColumnOptions, type ColumnResult, probeColumn } from './probe/probe-column.js';
export type { ProbeLabelSet } from './probe/probe-labels.js';
export { randomLabels } from './probe/random-labels.js';
export { type SweepOptions, sweep } from './probe/sweep.js';
export { Profile } from './profile.js';
export { type Cache, type CachedColumn, openCache } from './read/cache.js';
export { featureSource } from './read/feature-source.js';
export { alignLabels } from './read/label-sets.js';
export { readSampleTable, type SampleTable } from './read/samples.js';
export { parseReduction, type Reduction } from './reduce/reduction.js';
export { writeCheckpointReport } from './report/checkpoint-report.js';
export {
  type CheckpointResult,
  type CheckpointRun,
  type CheckpointsRecord,
  readCheckpointRun,
  readCheckpointsRecord,
  writeCheckpointsRecord,
} from './report/checkpoint-run.js';
export { type DeadSegment, deadSegments, type TapError } from './report/dead-segments.js';
export { writeReport, writeResults } from './report/report.js';
export { openParts, type PartsOptions } from './report/result-parts.js';
export { type PerSplit, SPLITS, type Split } from './split.js';
export { type CheckpointCache, type FoundCaches, findCaches } from './store/find-caches.js';
export { createOrOpenCache, type Manifest, readManifest } from './store/manifest.js';
export { readTopology, type Topology, type TopologyTap, topologyOf } from './store/topology.js';
export { type VerifyReport, verifyCache } from './store/verify.js';
