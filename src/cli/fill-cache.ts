import { decodeConcurrency } from '../decode/decode-concurrency.js';
import { type ExtractionSummary, runExtraction } from '../extract/run-extraction.js';
import type { PreparedForward } from '../forward/prepare-forward.js';
import type { Profile } from '../profile.js';
import { removeAbandonedTemporaries } from '../store/commit.js';
import { createOrOpenCache, isCache, type Manifest } from '../store/manifest.js';
import type { ExtractInputs } from './extract-inputs.js';
import type { ExtractValues } from './extract-options.js';
import { listenForInterrupt } from './interrupt.js';
import { forwardFor, type Planned } from './prepare-extraction.js';
import { startProgress, terminal } from './terminal.js';

/** An extraction into one cache that may start. */
export interface ReadyExtraction {
  readonly directory: string;
  readonly manifest: Manifest;
  readonly inputs: ExtractInputs;
  readonly forward: PreparedForward;
  readonly planned: Planned;
  /** What stands before its progress. */
  readonly title: string;
}

async function runPlanned(
  values: ExtractValues,
  ready: ReadyExtraction,
  profile: Profile | undefined,
): Promise<ExtractionSummary> {
  const { inputs, planned, forward, directory, manifest } = ready;
  const interrupt = listenForInterrupt('finishing the shard at hand (Ctrl-C again drops it)');
  const samples = planned.tasks.reduce((sum, { start, end }) => sum + end - start, 0);
  const progress = startProgress(ready.title, samples, 'samples');
  try {
    return await runExtraction({
      ...{ ...inputs, ...planned, forward, directory, manifest, profile },
      concurrency: values.concurrency ?? decodeConcurrency(),
      stop: interrupt.stop,
      drop: interrupt.drop,
      onProgress: (count) => progress.advance(count),
    });
  } finally {
    progress.end();
    await profile?.write(values.profile!);
    interrupt.dispose();
  }
}

/** Makes the cache of an extraction, and fills it; undefined where nothing was missing. */
export async function fillCache(
  values: ExtractValues,
  ready: ReadyExtraction,
  profile?: Profile,
): Promise<ExtractionSummary | undefined> {
  const { directory, manifest, planned, inputs } = ready;
  await createOrOpenCache(directory, manifest);
  if (planned.tasks.length === 0) return undefined;
  const added = planned.columns.length > inputs.columns.length;
  const forward = added ? await forwardFor(values, inputs, planned.columns) : ready.forward;
  const summary = await runPlanned(values, { ...ready, forward }, profile);
  for (const warning of summary.warnings) terminal.warn(warning);
  return summary;
}

/** Checks that the cache in a folder, if there is one, is the one that is asked for, and tidies it up. */
export async function openExisting(
  values: ExtractValues,
  directory: string,
  manifest: Manifest,
): Promise<void> {
  if (!isCache(directory)) return;
  await createOrOpenCache(directory, manifest);
  if (values['dry-run'] !== true) await removeAbandonedTemporaries(directory);
}
