import { chooseColumns, type ExtractColumn } from '../extract/columns.js';
import { describeCache } from '../extract/describe-cache.js';
import { planExtraction, type ShardTask } from '../extract/plan.js';
import { findRetry, type Retry } from '../extract/retry.js';
import { type PreparedForward, prepareForward } from '../forward/prepare-forward.js';
import { roundingWarning } from '../model/other-sources.js';
import { resolveTaps } from '../model/resolve-taps.js';
import { type Commits, readCommits } from '../store/commit.js';
import { isCache, type Manifest } from '../store/manifest.js';
import type { ExtractInputs } from './extract-inputs.js';
import type { ExtractValues } from './extract-options.js';
import { terminal } from './terminal.js';

/** What is to be computed, and in which shards. */
export interface Planned {
  readonly columns: readonly ExtractColumn[];
  readonly tasks: readonly ShardTask[];
}

/** The manifest of the cache that a command line fills. */
export function manifestOf(values: ExtractValues, inputs: ExtractInputs, forward: PreparedForward): Manifest {
  return describeCache({
    ...inputs,
    forward,
    compute: values.compute ?? 'float32',
    seed: values.seed ?? 0,
    shardRows: values['shard-rows'] ?? 1024,
    dtype: values.dtype ?? 'float32',
    format: values.format ?? 'arrow',
  });
}

/** Makes the network ready for some columns; the first line of what went wrong is a warning, as it costs half the speed. */
export async function forwardFor(
  values: ExtractValues,
  inputs: ExtractInputs,
  columns: readonly ExtractColumn[],
): Promise<PreparedForward> {
  const prepared = await prepareForward({
    ...inputs,
    columns,
    seed: values.seed ?? 0,
    forward: values.forward ?? 'compiled',
    compute: values.compute ?? 'float32',
    classify: inputs.scoring !== undefined,
    halves: values.dtype === 'float16',
  });
  if (prepared.reason !== undefined)
    terminal.warn(`the network cannot be compiled and runs op by op, more slowly: ${prepared.reason}`);
  for (const note of prepared.notes ?? []) terminal.note(note);
  const rounding = roundingWarning(
    columns.map(({ source }) => source),
    inputs.batch,
  );
  if (rounding !== undefined) terminal.warn(rounding);
  return prepared;
}

/** The columns of the shards that are made again, but for those asked for anyway. */
function otherColumns(retry: Retry, inputs: ExtractInputs): readonly ExtractColumn[] {
  const known = new Set(inputs.columns.map(({ tap, reduction }) => `${tap}\n${reduction}`));
  const others = retry.columns.filter(({ tap, reduction }) => !known.has(`${tap}\n${reduction}`));
  return others.flatMap(({ tap, reduction }) =>
    chooseColumns(resolveTaps([tap], inputs.model.taps), [reduction]),
  );
}

/** What the cache in a folder lacks of what a command line asks for. */
export async function planFor(
  values: ExtractValues,
  directory: string,
  manifest: Manifest,
  inputs: ExtractInputs,
): Promise<Planned> {
  const worker = values.worker === undefined ? {} : { worker: values.worker };
  const { samples, identity } = manifest;
  const { shardRows, format } = identity;
  const committed: Commits = isCache(directory) ? await readCommits(directory) : new Map();
  const plan = { samples, shardRows, committed, format, ...worker };
  if (values['retry-quarantined'] !== true)
    return { columns: inputs.columns, tasks: planExtraction({ ...plan, columns: inputs.columns }) };
  const retry = await findRetry(directory, committed, Object.keys(identity.labelSets));
  terminal.note(
    `extracting again: ${retry.samples} quarantined samples, ${retry.files.size} files of their shards`,
  );
  const columns = [...inputs.columns, ...otherColumns(retry, inputs)];
  return { columns, tasks: planExtraction({ ...plan, columns, again: retry.files }) };
}
