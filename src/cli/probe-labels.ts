import { controlledLabelSet, controlName, isControlName, RANDOM } from '../control-name.js';
import { UserError, unknownName } from '../errors.js';
import type { ProbeLabelSet } from '../probe/probe-labels.js';
import { randomLabels } from '../probe/random-labels.js';
import type { Cache } from '../read/cache.js';
import { alignLabels, type LabelSource } from '../read/label-sets.js';
import type { SampleTable } from '../read/samples.js';
import { type PerSplit, perSplit, SPLITS } from '../split.js';
import { labelClasses, readLabelTable } from '../store/label-table.js';

/** A label set that a word of `--labels` names. */
interface NamedSet {
  readonly name: string;
  readonly classes: readonly string[];
  readonly source: LabelSource;
}

/** What a word of `--labels` stands for: a label set, or the control of one. */
interface Meaning {
  readonly set: NamedSet;
  readonly isControl: boolean;
}

/** What {@link probeLabelSets} is told. */
export interface LabelChoice {
  /** Names of stored label sets, `NAME=TABLE`, `random` and `random(NAME)`; all stored ones when undefined. */
  readonly asked: readonly string[] | undefined;
  readonly seed: number;
  /** Draws of each control. */
  readonly seeds?: number;
}

/**
 * The label sets that `--labels` names, aligned with the rows that the cache's columns have. `random` is short for
 * `random(label)`, the control of the main label set; `random(NAME)` takes any label set that is stored or named beside it.
 *
 * @throws UserError for an unknown label set, a table that cannot be read, a name that is taken, and for none.
 */
export async function probeLabelSets(
  cache: Cache,
  samples: PerSplit<SampleTable>,
  { asked, seed, seeds = 1 }: LabelChoice,
): Promise<readonly ProbeLabelSet[]> {
  const { stored, tables, words } = await readWords(cache, asked);
  const sets = new Map<string, ProbeLabelSet>();
  for (const word of words) {
    const { set, isControl } = meaningOf(word, { stored, tables });
    const name = isControl ? controlName(set.name) : set.name;
    if (stored.has(name) && (isControl || set.source.kind === 'table')) throw takenName(name, word);
    if (set.source.kind === 'table') requireMatch(word, set.source.labels, samples);
    const labels = perSplit((split) => alignLabels(samples[split], set.source));
    const { classes } = set;
    if (isControl)
      sets.set(name, { name, classes, controlOf: set.name, ...drawnLabels(labels, seed, seeds) });
    else sets.set(name, { name, classes, labels });
  }
  if (sets.size === 0)
    throw new UserError(`no label set to probe (known: ${[...stored.keys(), RANDOM].join(', ')})`);
  return [...sets.values()];
}

/**
 * The words of `--labels` with `random` written in full, each once: what a run records, so that runs can be compared.
 *
 * @throws UserError where a stored label set has the name in full.
 */
export function fullWords(cache: Cache, asked: readonly string[]): readonly string[] {
  const stored = storedSets(cache);
  const [main] = stored.keys();
  const inFull = asked.map((word) => {
    if (word !== RANDOM || main === undefined || stored.has(RANDOM)) return word;
    if (stored.has(controlName(main))) throw takenName(controlName(main), word);
    return controlName(main);
  });
  return [...new Set(inFull)];
}

interface Known {
  readonly stored: ReadonlyMap<string, NamedSet>;
  /** Those read from tables, by name. */
  readonly tables: ReadonlyMap<string, NamedSet>;
}

async function readWords(cache: Cache, asked: readonly string[] | undefined) {
  const stored = storedSets(cache);
  const words = asked === undefined ? [...stored.keys()] : fullWords(cache, asked);
  const tables = new Map<string, NamedSet>();
  for (const word of words) {
    const name = stored.has(word) ? undefined : tableName(word);
    if (name === undefined) continue;
    if (isControlName(name) || tables.has(name)) throw takenName(name, word);
    tables.set(name, await readTableSet(name, word.slice(name.length + 1)));
  }
  return { stored, tables, words };
}

async function readTableSet(name: string, path: string): Promise<NamedSet> {
  const labels = await readLabelTable(path);
  const classes = labelClasses(labels.values());
  return { name, classes, source: { kind: 'table', labels, classes } };
}

function meaningOf(word: string, { stored, tables }: Known): Meaning {
  const plain = stored.get(word) ?? tables.get(tableName(word) ?? '');
  if (plain !== undefined) return { set: plain, isControl: false };
  const name = controlledLabelSet(word);
  const set = name === undefined ? undefined : (tables.get(name) ?? stored.get(name));
  if (set !== undefined) return { set, isControl: true };
  if (name === undefined) throw unknownName('label set', word, [...stored.keys(), RANDOM]);
  throw unknownName('label set', name, [...stored.keys(), ...tables.keys()]);
}

/** The name before a table's path in `NAME=TABLE`. */
function tableName(word: string): string | undefined {
  const at = controlledLabelSet(word) === undefined ? word.indexOf('=') : -1;
  return at < 1 ? undefined : word.slice(0, at);
}

function takenName(name: string, word: string): UserError {
  const why = isControlName(name) ? `${RANDOM} and ${RANDOM}(NAME) are controls: ` : '';
  return new UserError(`label set ${name} is there already: ${word} (${why}give it another name)`);
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
function storedSets(cache: Cache): ReadonlyMap<string, NamedSet> {
  const { labelSets } = cache.manifest.identity;
  const names = Object.keys(labelSets).sort(
    (a, b) => Number(b === 'label') - Number(a === 'label') || (a < b ? -1 : 1),
  );
  return new Map(
    names.map((name) => {
      const { classes } = labelSets[name]!;
      return [name, { name, classes, source: { kind: 'stored', name } }];
    }),
  );
}
