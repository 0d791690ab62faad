import { open, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBackend } from '../../../src/backend/backend.js';
import { measureStandardisation } from '../../../src/probe/standardise.js';
import { openCache } from '../../../src/read/cache.js';
import { featureSource } from '../../../src/read/feature-source.js';
import { columnDirectory } from '../../../src/store/layout.js';
import { tryCommand } from '../../setup/run-command.js';
import { alternate, timed } from '../alternate.js';
import { PEER_PYTHON } from '../peer-environment.js';
import { digits, type Section, skipped } from '../section.js';
import { makeProbePeers } from './probe-peers.js';
import { type MadeProblem, makeProblem, PROBLEMS, scaled } from './problems.js';
import { madeColumn } from './write-cache.js';

const TITLE = 'Probing: the first pass over cold shards, beside a plain read of the same bytes';

/** Drops files from the page cache: they were synced when they were written, so that no page is dirty. */
const DROP = `import os, sys
for path in sys.argv[1:]:
    file = os.open(path, os.O_RDONLY)
    os.posix_fadvise(file, 0, 0, os.POSIX_FADV_DONTNEED)
    os.close(file)`;

async function drop(files: readonly string[]): Promise<void> {
  const { code, output } = await tryCommand(PEER_PYTHON, ['-c', DROP, ...files]);
  if (code !== 0) throw new Error(`page cache not dropped: ${output}`);
}

async function readPlainly(files: readonly string[]): Promise<void> {
  const buffer = Buffer.allocUnsafeSlow(2 ** 24);
  for (const file of files) {
    const handle = await open(file, 'r');
    for (let position = 0; ; ) {
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, position);
      if (bytesRead === 0) break;
      position += bytesRead;
    }
    await handle.close();
  }
}

/** Opens the cache anew, so that nothing counts as checked, with its samples, which all columns have in common. */
async function opened({ cache: directory, tap }: MadeProblem) {
  const cache = await openCache(directory);
  const column = cache.columns.find((one) => one.tap.name === tap)!;
  const source = await featureSource(cache, column, 'train');
  await source.ids();
  return { column: { tap, reduction: column.reduction }, source };
}

/** The first pass over shards that are on the disk only. */
export async function benchCold(): Promise<Section> {
  const problem = await makeProbePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  await loadBackend('tensorflow');
  const recipe = { ...PROBLEMS.relu, rows: scaled(50_000) };
  const made = await makeProblem(recipe);
  const folder = join(made.cache, columnDirectory(madeColumn(made.tap)), 'split=train');
  const files = (await readdir(folder)).sort().map((name) => join(folder, name));
  const firstPass = async (shards: 'cold' | 'warm') => {
    const { source, column } = await opened(made);
    if (shards === 'cold') await drop(files);
    return timed(async () => {
      await measureStandardisation(source, column);
    });
  };
  const seconds = await alternate(
    {
      plain: async () => {
        await drop(files);
        return timed(() => readPlainly(files));
      },
      strata: () => firstPass('cold'),
      warm: () => firstPass('warm'),
    },
    5,
  );
  const bytes = recipe.rows * recipe.features * 4;
  const row = (name: string, own: number) => [name, digits(bytes / 1e6 / own), digits(seconds.plain / own)];
  return {
    title: TITLE,
    header: ['', 'MB/s', 'ratio'],
    rows: [
      row('plain read', seconds.plain),
      row('first pass', seconds.strata),
      row('first pass, shards in the page cache', seconds.warm),
    ],
    notes: [
      `${digits(bytes / 1e6)} MB in ${files.length} shards, dropped from the page cache by posix_fadvise(DONTNEED) before each; where the`,
      'disk has a cache of its own below (a virtual machine), both find it alike. First pass: read, sha256, mean and deviation; the',
      'samples table, which is read once for all columns, is not in it.',
    ],
  };
}
