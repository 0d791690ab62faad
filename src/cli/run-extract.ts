import { writeFile } from 'node:fs/promises';
import type { NetworkBackend } from '../backend/onnx-runtime.js';
import type { Dataset } from '../dataset/dataset.js';
import { messageOf, UserError } from '../errors.js';
import type { ExtractionSummary } from '../extract/run-extraction.js';
import { findCheckpoints } from '../model/find-checkpoints.js';
import { Profile } from '../profile.js';
import { requireNoCheckpoints } from '../store/find-caches.js';
import { noteDuplicates } from './cache-duplicates.js';
import { defaultCache, EMBEDDED_MODEL } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { extractCheckpoints } from './extract-checkpoints.js';
import { checkSpace, estimateOf, printEstimate } from './extract-estimate.js';
import { datasetOf, openInputs } from './extract-inputs.js';
import type { ExtractValues } from './extract-options.js';
import { doneLine, exitFor, noteStages } from './extract-outcome.js';
import { fillCache, openExisting } from './fill-cache.js';
import { networkBackend, warnOfBackend } from './network-backend.js';
import { forwardFor, manifestOf, planFor } from './prepare-extraction.js';
import { terminal } from './terminal.js';

/** A profile whose file can be written: found out before the run, and not after it. */
async function openProfile(path: string | undefined): Promise<Profile | undefined> {
  if (path === undefined) return undefined;
  try {
    await writeFile(path, '');
  } catch (error) {
    throw new UserError(`profile cannot be written: ${path} (${messageOf(error)})`, { cause: error });
  }
  return new Profile();
}

async function finish(
  values: ExtractValues,
  directory: string,
  summary: ExtractionSummary | undefined,
): Promise<number> {
  const duplicates = await noteDuplicates(directory);
  if (summary === undefined) {
    if (values.json === true)
      terminal.printJson({ cache: directory, samples: 0, shards: 0, bytes: 0, quarantined: 0, duplicates });
    else terminal.print(doneLine(directory, summary));
    return EXIT.done;
  }
  const stages = noteStages(summary);
  if (values.json === true) terminal.printJson({ cache: directory, ...summary, duplicates, stages });
  else terminal.print(doneLine(directory, summary));
  return exitFor(summary, directory);
}

async function extractModel(
  values: ExtractValues,
  sources: { readonly backend: NetworkBackend; readonly dataset: Dataset; readonly path: string },
  profile: Profile | undefined,
): Promise<number> {
  const inputs = await openInputs(values, { ...sources, cache: values.cache });
  const forward = await forwardFor(values, inputs, inputs.columns);
  const manifest = manifestOf(values, inputs, forward);
  const directory = values.cache ?? defaultCache(inputs.dataset.name, inputs.model.name);
  await requireNoCheckpoints(directory);
  await openExisting(values, directory, manifest);
  const planned = await planFor(values, directory, manifest, inputs);
  const { dtype } = manifest.identity;
  const estimate = await estimateOf({ ...planned, cache: directory, dtype });
  const dry = values['dry-run'] === true;
  if (dry && values.json === true) terminal.printJson(estimate);
  else if (dry) printEstimate(estimate);
  checkSpace(estimate);
  if (dry) return EXIT.done;
  const ready = { directory, manifest, inputs, forward, planned, title: 'extract' };
  return await finish(values, directory, await fillCache(values, ready, profile));
}

/** Carries out `strata extract` and returns its exit code. */
export async function extract(values: ExtractValues): Promise<number> {
  const profile = values['dry-run'] === true ? undefined : await openProfile(values.profile);
  const named = await findCheckpoints(values.model ?? [EMBEDDED_MODEL]);
  const models = named.kind === 'model' ? [named] : named.checkpoints;
  const backend = await networkBackend(
    models.map(({ path }) => path),
    values.backend,
  );
  warnOfBackend(backend);
  const dataset = await datasetOf(values);
  if (named.kind === 'model')
    return await extractModel(values, { backend, dataset, path: named.path }, profile);
  if (profile !== undefined)
    throw new UserError(`--profile is for one model: ${named.checkpoints.length} given`);
  return await extractCheckpoints(values, { backend, dataset }, named);
}
