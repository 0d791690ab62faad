import { type PerSplit, SPLITS } from '../split.js';
import { bytesText, countText, l2Text, secondsText } from './number-text.js';
import type { RunRecord } from './run-record.js';

/** One line of "how it was made": what it is, and its value as text. */
export type Fact = readonly [name: string, value: string];

/** How a run was made: the cache, the options, the machine and the seconds of each stage. */
export function runFacts(run: RunRecord): readonly Fact[] {
  const { machine, backend, cache } = run;
  return [
    ['strata', run.strataVersion],
    ['started', run.started],
    ['data set', run.names.dataset],
    ['model', run.names.model],
    ['cache fingerprint', cache.fingerprint],
    ['stored as', cache.identity.dtype],
    ['backend', `${backend.name} ${backend.version}`],
    ...(backend.products === undefined ? [] : [['wide products', backend.products] as const]),
    [
      'machine',
      `${machine.cpu}, ${machine.cores} cores, ${bytesText(machine.memoryBytes)}, ${machine.platform}`,
    ],
    ['node', machine.node],
    ...Object.entries(run.options).map(([name, value]): Fact => [`option ${name}`, optionText(name, value)]),
    ...Object.entries(run.seconds).map(([stage, seconds]): Fact => [`time: ${stage}`, secondsText(seconds)]),
  ];
}

function optionText(name: string, value: unknown): string {
  if (name === 'memoryBytes' && typeof value === 'number') return bytesText(value);
  if (name === 'l2' && typeof value === 'number') return l2Text(value);
  if (Array.isArray(value)) return value.map((each) => optionText(name, each)).join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** The samples that a run could not use, a line for each reason; empty where it used them all. */
export function leftOut({ quarantined, labelSets, duplicates, options }: RunRecord): readonly string[] {
  const dropped = options.dropDuplicates === true ? { train: 0, ...duplicates?.leaked } : {};
  return [
    ...countsLine('quarantined (could not be decoded)', quarantined),
    ...countsLine('left out, as an earlier split has their bytes (--drop-duplicates)', dropped),
    ...labelSets.flatMap(({ name, unlabelled }) =>
      countsLine(`without a label in ${name}, left out of it`, unlabelled),
    ),
  ];
}

function countsLine(reason: string, counts: Partial<PerSplit<number>>): readonly string[] {
  const some = SPLITS.filter((split) => (counts[split] ?? 0) > 0);
  const texts = some.map((split) => `${countText(counts[split]!)} ${split}`);
  return texts.length === 0 ? [] : [`Samples ${reason}: ${texts.join(', ')}.`];
}
