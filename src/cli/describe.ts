import { DamagedCacheError, UserError } from '../errors.js';
import { type Cache, openCache } from '../read/cache.js';
import { duplicatesText } from '../report/duplicates-text.js';
import { SPLITS } from '../split.js';
import { type CheckpointCache, findCaches } from '../store/find-caches.js';
import { type NamedCopy, type NamedDuplicates, namedDuplicates } from './cache-duplicates.js';
import { defineCommand } from './command.js';
import { EXIT } from './exit-code.js';
import { SHARED_OPTIONS } from './shared-options.js';
import { bytesText, terminal } from './terminal.js';
import { textTable } from './text-table.js';

function facts({ directory, manifest }: Cache): string {
  const { identity, names, samples, fingerprint } = manifest;
  const labelSets = Object.entries(identity.labelSets).map(
    ([name, { classes }]) => `${name} (${classes.length})`,
  );
  return [
    ['cache', directory],
    ['fingerprint', fingerprint],
    ['data set', `${names.dataset}: ${JSON.stringify(identity.dataset)}`],
    ['samples', SPLITS.map((split) => `${samples[split]} ${split}`).join(', ')],
    ['label sets', `${labelSets.join(', ')} (classes of each in brackets)`],
    ['model', `${names.model}: ${JSON.stringify(identity.model)}`],
    ['preprocessing', JSON.stringify(identity.preprocess)],
    [
      'numerics',
      `${identity.numerics.backend} ${identity.numerics.version}, ${identity.numerics.compute}, ${identity.numerics.forward ?? 'eager'}, batch ${identity.batch}`,
    ],
    [
      'stored as',
      `${identity.dtype}, ${identity.format}, ${identity.shardRows} rows a shard, seed ${identity.seed}`,
    ],
    ...(manifest.notes ?? []).map((note) => ['note', note]),
  ]
    .map(([name, value]) => `${name?.padEnd(14)} ${value}`)
    .join('\n');
}

/** Groups of copies that are named in the terminal. */
const MOST_GROUPS = 20;

/** Samples with the same bytes by name: those of several splits or classes first, as they make errors wrong. */
function duplicatesPart(found: NamedDuplicates): string {
  const text = duplicatesText(found);
  if (text === undefined) return 'samples with the same bytes: none';
  const spread = (group: NamedDuplicates['groups'][number], of: (copy: NamedCopy) => unknown) =>
    new Set(group.map(of)).size;
  const weight = (group: NamedDuplicates['groups'][number]) =>
    spread(group, ({ split }) => split) + spread(group, ({ label }) => label);
  const groups = [...found.groups].sort((a, b) => weight(b) - weight(a));
  const lines = groups
    .slice(0, MOST_GROUPS)
    .map((group) => `  ${group.map(({ key, label }) => `${key} (${label ?? 'no label'})`).join(' = ')}`);
  const more = groups.length - lines.length;
  return [
    `samples with the same bytes: ${text}`,
    ...lines,
    ...(more > 0 ? [`  and ${more} groups more (--json names all)`] : []),
  ].join('\n');
}

/** What is known of a cache's duplicates; a damaged samples part is no reason to say nothing of the rest. */
async function duplicatesOf(cache: Cache): Promise<NamedDuplicates | { readonly unknown: string }> {
  try {
    return (await namedDuplicates(cache)) ?? { unknown: 'not known before all samples are extracted' };
  } catch (error) {
    if (error instanceof DamagedCacheError) return { unknown: `not known: ${error.message}` };
    throw error;
  }
}

async function describeOne(cache: Cache): Promise<string> {
  const found = await duplicatesOf(cache);
  const duplicates =
    'unknown' in found ? `samples with the same bytes: ${found.unknown}` : duplicatesPart(found);
  return `${facts(cache)}\n\n${duplicates}\n\n${columnsTable(cache)}`;
}

async function jsonOf(cache: Cache) {
  const found = await duplicatesOf(cache);
  return { manifest: cache.manifest, columns: cache.columns, duplicates: 'unknown' in found ? null : found };
}

function columnsTable({ columns }: Cache): string {
  const rows = columns.map(({ tap, reduction, shards, expected, bytes }) => [
    tap.depth,
    tap.name,
    tap.kind,
    tap.shape.join('x'),
    reduction,
    SPLITS.map((split) => `${shards[split]}/${expected[split]}`).join(' '),
    bytesText(bytes),
  ]);
  return textTable(['depth', 'tap', 'kind', 'shape', 'reduction', 'shards train valid test', 'size'], rows);
}

/** The caches of checkpoints, one a line; what they share is what is said of the last. */
function checkpointsTable(
  caches: readonly { readonly checkpoint: CheckpointCache; readonly cache: Cache }[],
): string {
  const rows = caches.map(({ checkpoint: { folder, step, modelSeed }, cache: { manifest, columns } }) => [
    folder,
    step ?? '-',
    modelSeed ?? '-',
    manifest.names.model,
    columns.length,
    columns.filter(({ complete }) => complete).length,
    bytesText(columns.reduce((sum, { bytes }) => sum + bytes, 0)),
  ]);
  return textTable(['checkpoint', 'step', 'seed', 'model', 'columns', 'complete', 'size'], rows);
}

async function describeCheckpoints(checkpoints: readonly CheckpointCache[], json: boolean): Promise<void> {
  const caches: { checkpoint: CheckpointCache; cache: Cache }[] = [];
  for (const checkpoint of checkpoints)
    caches.push({ checkpoint, cache: await openCache(checkpoint.directory) });
  const last = caches.at(-1)!.cache;
  if (json) {
    const parts = [];
    for (const { checkpoint, cache } of caches) parts.push({ ...checkpoint, ...(await jsonOf(cache)) });
    terminal.printJson({ checkpoints: parts });
  } else terminal.print(`${checkpointsTable(caches)}\n\n${await describeOne(last)}`);
}

/** `strata describe CACHE`: what a cache is, and its columns. */
export const describeCommand = defineCommand({
  name: 'describe',
  usage: 'describe <cache>',
  describe: 'Show what a cache holds and how it was made',
  positionals: {
    cache: {
      describe: "The cache folder, or a folder of checkpoints' caches",
      type: 'string',
      demandOption: true,
    },
  },
  options: { json: SHARED_OPTIONS.json, config: SHARED_OPTIONS.config },
  examples: [
    [
      'strata describe data/cache/glyphs-glyphnet',
      'Its data set, model, columns, and samples with the same bytes',
    ],
  ],
  async run({ cache: directory, json }) {
    if (directory === undefined) throw new UserError('which cache? (strata describe CACHE)');
    const found = await findCaches(directory);
    if (found.kind === 'checkpoints') {
      await describeCheckpoints(found.caches, json === true);
      return EXIT.done;
    }
    const cache = await openCache(directory);
    if (json === true) terminal.printJson(await jsonOf(cache));
    else terminal.print(await describeOne(cache));
    return EXIT.done;
  },
});
