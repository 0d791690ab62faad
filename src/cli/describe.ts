import { UserError } from '../errors.js';
import { type Cache, openCache } from '../read/cache.js';
import { SPLITS } from '../split.js';
import { type CheckpointCache, findCaches } from '../store/find-caches.js';
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
    const parts = caches.map(({ checkpoint, cache }) => ({
      ...checkpoint,
      manifest: cache.manifest,
      columns: cache.columns,
    }));
    terminal.printJson({ checkpoints: parts });
  } else terminal.print(`${checkpointsTable(caches)}\n\n${facts(last)}\n\n${columnsTable(last)}`);
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
    ['strata describe data/cache/glyphs-glyphnet', 'Its data set, model, preprocessing and columns'],
  ],
  async run({ cache: directory, json }) {
    if (directory === undefined) throw new UserError('which cache? (strata describe CACHE)');
    const found = await findCaches(directory);
    if (found.kind === 'checkpoints') {
      await describeCheckpoints(found.caches, json === true);
      return EXIT.done;
    }
    const cache = await openCache(directory);
    if (json === true) terminal.printJson({ manifest: cache.manifest, columns: cache.columns });
    else terminal.print(`${facts(cache)}\n\n${columnsTable(cache)}`);
    return EXIT.done;
  },
});
