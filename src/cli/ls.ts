import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../errors.js';
import { type Cache, openCache } from '../read/cache.js';
import { SPLITS } from '../split.js';
import { listCaches } from '../store/find-caches.js';
import { defineCommand } from './command.js';
import { CACHE_ROOT } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { SHARED_OPTIONS } from './shared-options.js';
import { bytesText, terminal } from './terminal.js';
import { textTable } from './text-table.js';

interface Listed {
  readonly cache: string;
  readonly dataset: string;
  readonly model: string;
  readonly samples: number;
  readonly columns: number;
  readonly complete: number;
  readonly bytes: number;
  readonly problem: string;
}

function summary(path: string, { manifest, columns }: Cache): Listed {
  return {
    cache: path,
    dataset: manifest.names.dataset,
    model: manifest.names.model,
    samples: SPLITS.reduce((sum, split) => sum + manifest.samples[split], 0),
    columns: columns.length,
    complete: columns.filter(({ complete }) => complete).length,
    bytes: columns.reduce((sum, column) => sum + column.bytes, 0),
    problem: '',
  };
}

async function list(path: string): Promise<Listed | undefined> {
  try {
    return summary(path, await openCache(path));
  } catch (error) {
    if (error instanceof UserError) return undefined;
    // A damaged cache is listed as such: the other caches still are of interest.
    return {
      cache: path,
      dataset: '?',
      model: '?',
      samples: 0,
      columns: 0,
      complete: 0,
      bytes: 0,
      problem: messageOf(error),
    };
  }
}

const { compare } = new Intl.Collator('en', { numeric: true });

/** The folders in a folder, and in place of those that are no caches the caches of checkpoints in them. */
async function foldersOf(root: string): Promise<readonly string[]> {
  try {
    const entries = await readdir(root, { withFileTypes: true });
    const folders = entries.filter((entry) => entry.isDirectory()).map((entry) => join(root, entry.name));
    const inner = await Promise.all(
      folders.map(async (folder) => (await listCaches(folder)).map((cache) => join(folder, cache))),
    );
    return folders.flatMap((folder, at) => (inner[at]!.length > 0 ? inner[at]! : [folder])).sort(compare);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw error;
  }
}

/** `strata ls [FOLDER]`: the caches in a folder. */
export const lsCommand = defineCommand({
  name: 'ls',
  usage: 'ls [folder]',
  describe: 'List the caches in a folder',
  positionals: { folder: { describe: `The folder (default ${CACHE_ROOT})`, type: 'string' } },
  options: { json: SHARED_OPTIONS.json, config: SHARED_OPTIONS.config },
  examples: [['strata ls', `The caches in ${CACHE_ROOT}`]],
  async run({ folder = CACHE_ROOT, json }) {
    const listed = (await Promise.all((await foldersOf(folder)).map(list))).filter(
      (one) => one !== undefined,
    );
    if (json === true) terminal.printJson(listed);
    else if (listed.length === 0) terminal.note(`no caches in ${folder}`);
    else {
      terminal.print(
        textTable(
          ['cache', 'data set', 'model', 'samples', 'columns', 'complete', 'size', ''],
          listed.map((one) => [
            one.cache,
            one.dataset,
            one.model,
            one.samples,
            one.columns,
            one.complete,
            bytesText(one.bytes),
            one.problem,
          ]),
        ),
      );
    }
    return EXIT.done;
  },
});
