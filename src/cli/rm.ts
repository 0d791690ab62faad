import { DamagedCacheError, UserError } from '../errors.js';
import { type CachedColumn, openCache } from '../read/cache.js';
import { selectColumns } from '../read/select-columns.js';
import { findCaches } from '../store/find-caches.js';
import { removeCache, removeColumns, removeEmptyFolders } from '../store/remove.js';
import { defineCommand } from './command.js';
import { EXIT } from './exit-code.js';
import { commaList } from './options.js';
import { SHARED_OPTIONS } from './shared-options.js';
import { bytesText, terminal } from './terminal.js';

/** The columns of a cache; undefined where it is damaged, which is a reason to delete it. */
async function columnsIfReadable(directory: string): Promise<readonly CachedColumn[] | undefined> {
  try {
    return (await openCache(directory)).columns;
  } catch (error) {
    if (error instanceof DamagedCacheError) return undefined;
    throw error;
  }
}

async function remove({ directory, columns = [] }: Removal, what: 'cache' | 'columns'): Promise<void> {
  if (what === 'cache') await removeCache(directory);
  else
    await removeColumns(
      directory,
      columns.map(({ tap, reduction }) => ({ tap: tap.name, reduction })),
    );
}

interface Removal {
  readonly directory: string;
  /** The columns that would go; undefined for a damaged cache. */
  readonly columns: readonly CachedColumn[] | undefined;
}

function contentText(removals: readonly Removal[]): string {
  const columns = removals.flatMap((removal) => removal.columns ?? []);
  const damaged = removals.filter((removal) => removal.columns === undefined).length;
  if (damaged === removals.length) return 'damaged';
  const bytes = columns.reduce((sum, column) => sum + column.bytes, 0);
  return `${columns.length} columns, ${bytesText(bytes)}${damaged === 0 ? '' : `, ${damaged} damaged`}`;
}

/** `strata rm CACHE`: deletes a cache, or the columns of some taps. Without `--yes` it only says what would go. */
export const rmCommand = defineCommand({
  name: 'rm',
  usage: 'rm <cache>',
  describe: 'Delete a cache, or some of its columns',
  positionals: {
    cache: {
      describe: "The cache folder, or a folder of checkpoints' caches",
      type: 'string',
      demandOption: true,
    },
  },
  options: {
    taps: { describe: 'Delete only the columns of these taps', coerce: commaList, requiresArg: true },
    reduce: {
      describe: 'Delete only the columns under these reductions',
      coerce: commaList,
      requiresArg: true,
    },
    yes: { describe: 'Delete; without it, only say what would be deleted', type: 'boolean' },
    config: SHARED_OPTIONS.config,
  },
  examples: [
    ['strata rm data/cache/old', 'Say what would be deleted'],
    ['strata rm data/cache/old --yes', 'Delete the cache'],
    ['strata rm data/cache/imagenet --taps conv1 --yes', 'Delete one tap'],
  ],
  async run({ cache: directory, taps, reduce, yes }) {
    if (directory === undefined) throw new UserError('which cache? (strata rm CACHE)');
    const whole = taps === undefined && reduce === undefined;
    const found = await findCaches(directory);
    const caches = found.kind === 'cache' ? [directory] : found.caches.map((cache) => cache.directory);
    const removals: Removal[] = [];
    for (const cache of caches) {
      const columns = whole
        ? await columnsIfReadable(cache)
        : selectColumns(await openCache(cache), { taps, reductions: reduce });
      removals.push({ directory: cache, columns });
    }
    const which = found.kind === 'cache' ? 'the cache' : `the caches of ${caches.length} checkpoints in`;
    const what = `${whole ? which : `columns of${found.kind === 'cache' ? '' : ` ${which}`}`} ${directory} (${contentText(removals)})`;
    if (yes !== true) {
      terminal.print(`would delete ${what}; add --yes to do it`);
      return EXIT.done;
    }
    for (const removal of removals) await remove(removal, whole ? 'cache' : 'columns');
    if (whole && found.kind === 'checkpoints') await removeEmptyFolders(found);
    terminal.print(`deleted ${what}`);
    return EXIT.done;
  },
});
