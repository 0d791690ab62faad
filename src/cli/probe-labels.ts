import { UserError, unknownName } from '../errors.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import { RANDOM_LABEL_SET as RANDOM, randomLabels } from '../probe/random-labels.js';
import type { Cache } from '../read/cache.js';
import { alignLabels, type LabelSource } from '../read/label-sets.js';
import type { SampleTable } from '../read/samples.js';
import { type PerSplit, perSplit, SPLITS } from '../split.js';
import { labelClasses, readLabelTable } from '../store/label-table.js';

/** What a name of `--labels` means. */
interface NamedSource {
  readonly name: string;
  readonly source: LabelSource;
  readonly permuted: boolean;
}

async function sourceOf(asked: string, stored: readonly string[]): Promise<NamedSource> {
  const at = asked.indexOf('=');
  if (at > 0) {
    const labels = await readLabelTable(asked.slice(at + 1));
    return {
      name: asked.slice(0, at),
      source: { kind: 'table', labels, classes: labelClasses(labels.values()) },
      permuted: false,
    };
  }
  if (stored.includes(asked))
    return { name: asked, source: { kind: 'stored', name: asked }, permuted: false };
  const main = stored[0];
  if (asked === RANDOM && main !== undefined)
    return { name: RANDOM, source: { kind: 'stored', name: main }, permuted: true };
  throw unknownName('label set', asked, [...stored, RANDOM]);
}

/**
 * The label sets that `--labels` names, aligned with the rows that the cache's columns have.
 *
 * @param asked - names of stored label sets, `random`, or `NAME=TABLE`; all stored ones when undefined.
 * @throws UserError for an unknown label set, a table that cannot be read, a name that is taken, and for none.
 */
export async function probeLabelSets(
  cache: Cache,
  samples: PerSplit<SampleTable>,
  { asked, seed, seeds = 1 }: { asked: readonly string[] | undefined; seed: number; seeds?: number },
): Promise<readonly ProbeLabelSet[]> {
  const { labelSets } = cache.manifest.identity;
  const stored = storedNames(Object.keys(labelSets));
  const sets: ProbeLabelSet[] = [];
  for (const name of new Set(asked ?? stored)) {
    const named = await sourceOf(name, stored);
    const taken =
      sets.some((set) => set.name === named.name) ||
      (named.source.kind === 'table' && stored.includes(named.name));
    if (taken)
      throw new UserError(`label set ${named.name} is there already: ${name} (give it another name)`);
    const labels = perSplit((split) => alignLabels(samples[split], named.source));
    if (named.source.kind === 'table') requireMatch(name, named.source.labels, samples);
    const classes =
      named.source.kind === 'table' ? named.source.classes : (labelSets[named.source.name]?.classes ?? []);
    const own = { name: named.name, classes };
    sets.push({ ...own, ...(named.permuted ? drawnLabels(labels, seed, seeds) : { labels }) });
  }
  if (sets.length === 0)
    throw new UserError(`no label set to probe (known: ${[...stored, RANDOM].join(', ')})`);
  return sets;
}

function drawnLabels(
  labels: PerSplit<Int32Array>,
  seed: number,
  seeds: number,
): Pick<ProbeLabelSet, 'labels' | 'otherDraws'> {
  const draws = Array.from({ length: seeds }, (_, at) => randomLabels(labels, seed + at));
  const [first, ...others] = draws;
  return { labels: first ?? labels, otherDraws: others.map(({ train }) => train) };
}

/** A table of another data set, or with file names where keys are paths, has labels for no sample at all. */
function requireMatch(
  asked: string,
  labels: ReadonlyMap<string, string>,
  samples: PerSplit<SampleTable>,
): void {
  if (SPLITS.some((split) => samples[split].keys.some((key) => labels.has(key)))) return;
  const [key] = labels.keys();
  throw new UserError(
    `label table has no key of a sample: ${asked} (its keys are like ${key}, the samples' like ${samples.train.keys[0]})`,
  );
}

/** The main label set first, the others by name: canonical JSON does not keep their order. */
function storedNames(names: readonly string[]): readonly string[] {
  return [...names].sort((a, b) => Number(b === 'label') - Number(a === 'label') || (a < b ? -1 : 1));
}
