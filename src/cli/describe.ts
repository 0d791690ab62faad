import { UserError } from '../errors.js';
import { type Cache, openCache } from '../read/cache.js';
import { SPLITS } from '../split.js';
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

/** `strata describe CACHE`: what a cache is, and its columns. */
export const describeCommand = defineCommand({
  name: 'describe',
  usage: 'describe <cache>',
  describe: 'Show what a cache holds and how it was made',
  positionals: { cache: { describe: 'The cache folder', type: 'string', demandOption: true } },
  options: { json: SHARED_OPTIONS.json, config: SHARED_OPTIONS.config },
  examples: [
    ['strata describe data/cache/glyphs-glyphnet', 'Its data set, model, preprocessing and columns'],
  ],
  async run({ cache: directory, json }) {
    if (directory === undefined) throw new UserError('which cache? (strata describe CACHE)');
    const cache = await openCache(directory);
    if (json === true) terminal.printJson({ manifest: cache.manifest, columns: cache.columns });
    else terminal.print(`${facts(cache)}\n\n${columnsTable(cache)}`);
    return EXIT.done;
  },
});
