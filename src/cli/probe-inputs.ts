import { UserError } from '../errors.js';
import { hasL2, isStochastic, type ProbeKind } from '../probe/probe-kind.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import type { StochasticSettings } from '../probe/stochastic-settings.js';
import { type Cache, type CachedColumn, openCache, requireComplete } from '../read/cache.js';
import { type DuplicateCounts, findDuplicates } from '../read/duplicates.js';
import { readSampleTables, type SampleTable } from '../read/samples.js';
import { selectColumns } from '../read/select-columns.js';
import type { RunRecord } from '../report/run-record.js';
import type { PerSplit } from '../split.js';
import { dropDuplicates } from './drop-duplicates.js';
import { fullWords, probeLabelSets } from './probe-labels.js';
import { DEFAULT_L2, type ProbeValues } from './probe-options.js';
import { softmaxEnd, stochasticSettings } from './solver-options.js';

/** What a command line of `probe` comes to. */
export interface ProbeInputs {
  readonly cache: Cache;
  readonly columns: readonly CachedColumn[];
  readonly samples: PerSplit<SampleTable>;
  readonly labelSets: readonly ProbeLabelSet[];
  readonly duplicates: DuplicateCounts;
  readonly options: RunRecord['options'];
  readonly stochastic: StochasticSettings | undefined;
}

/** Where one cache lies, and where its run goes. */
export interface ProbePlaces {
  readonly cache: string;
  readonly out: string;
}

/** The kind of probe that a command line names, and what is particular to it: known before any cache is opened. */
export interface ProbeChoice {
  readonly kind: ProbeKind;
  readonly l2: RunRecord['options']['l2'];
  readonly stochastic: StochasticSettings | undefined;
}

/** @throws UserError for options that are not for the kind of probe. */
export function probeChoice(values: ProbeValues): ProbeChoice {
  const kind = values.probe ?? 'softmax';
  return { kind, stochastic: stochasticSettings(values, kind), l2: l2Of(values) };
}

/** Opens everything that a command line names for one cache, and checks that all columns are complete. */
export async function openInputs(
  values: ProbeValues,
  { cache: directory, out }: ProbePlaces,
): Promise<ProbeInputs> {
  const { kind, l2, stochastic } = probeChoice(values);
  const cache = await openCache(directory);
  const columns = selectColumns(cache, { taps: values.taps, reductions: values.reduce });
  for (const column of columns) requireComplete(cache, column);
  const samples = await readSampleTables(cache);
  const duplicates = findDuplicates(samples);
  const seed = values.seed ?? 0;
  const seeds = values.seeds ?? 1;
  const drops = values['drop-duplicates'] === true;
  const asked = values.labels === undefined ? undefined : fullWords(cache, values.labels);
  const labelSets = await probeLabelSets(cache, samples, { asked, seed, seeds });
  const options = {
    cache: directory,
    out,
    taps: [...new Set(columns.map(({ tap }) => tap.name))],
    reductions: [...new Set(columns.map(({ reduction }) => reduction))],
    labels: [...(asked ?? labelSets.map(({ name }) => name))],
    kind,
    l2,
    seed,
    ...softmaxEnd(values, kind),
    folds: values.folds ?? 0,
    seeds,
    memoryBytes: values.memory ?? Math.round((process.availableMemory() * 2) / 3),
    backend: values.backend ?? 'auto',
    products: values.products ?? 'auto',
    // Only where it is asked for: results of earlier versions, which state nothing, are those without it.
    ...(drops && { dropDuplicates: true }),
    ...(stochastic && { ...stochastic, rates: [...stochastic.rates] }),
  };
  const probed = drops ? dropDuplicates({ samples, labelSets }, duplicates) : { samples, labelSets };
  return { cache, columns, ...probed, duplicates: duplicates.counts, options, stochastic };
}

function l2Of({ l2, probe = 'softmax' }: ProbeValues): RunRecord['options']['l2'] {
  if (isStochastic(probe)) return [...(l2 ?? [0])];
  if (probe === 'softmax') return l2 === undefined ? 'auto' : [...l2];
  if (hasL2(probe)) return [...(l2 ?? DEFAULT_L2)];
  if (l2 === undefined) return [0];
  throw new UserError(`--l2 is not for ${probe} probes: ${l2.join(',')} (they have nothing to regularise)`);
}
