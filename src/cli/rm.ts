import { DamagedCacheError, UserError } from '../errors.js';
import { type CachedColumn, openCache } from '../read/cache.js';
import { selectColumns } from '../read/select-columns.js';
import { removeCache, removeColumns } from '../store/remove.js';
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

/** `strata rm CACHE`: deletes a cache, or the columns of some taps. Without `--yes` it only says what would go. */
export const rmCommand = defineCommand({
  name: 'rm',
  usage: 'rm <cache>',
  describe: 'Delete a cache, or some of its columns',
  positionals: { cache: { describe: 'The cache folder', type: 'string', demandOption: true } },
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
    const chosen = whole
      ? await columnsIfReadable(directory)
      : selectColumns(await openCache(directory), { taps, reductions: reduce });
    const bytes = chosen?.reduce((sum, column) => sum + column.bytes, 0) ?? 0;
    const content = chosen === undefined ? 'damaged' : `${chosen.length} columns, ${bytesText(bytes)}`;
    const what = `${whole ? 'the cache' : 'columns of'} ${directory} (${content})`;
    if (yes !== true) {
      terminal.print(`would delete ${what}; add --yes to do it`);
      return EXIT.done;
    }
    if (whole) await removeCache(directory);
    else
      await removeColumns(
        directory,
        (chosen ?? []).map(({ tap, reduction }) => ({ tap: tap.name, reduction })),
      );
    terminal.print(`deleted ${what}`);
    return EXIT.done;
  },
});
