import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCache } from '../../src/read/cache.js';
import { parseShard } from '../../src/read/shard.js';
import { widened } from '../../src/read/shard-block.js';
import { type Dtype, SHARD_FORMATS, type ShardFormat } from '../../src/store/column.js';
import { commitAll, temporaryPath } from '../../src/store/commit.js';
import { toFloat16 } from '../../src/store/float16.js';
import { featureFile } from '../../src/store/layout.js';
import { createOrOpenCache, FORMAT_VERSION, makeManifest } from '../../src/store/manifest.js';
import { openShardWriter } from '../../src/store/shard-writer.js';
import { alternate, median, timed } from './alternate.js';
import { digits, type Section } from './section.js';

const [ROWS, FEATURES, BATCH] = [10_000, 1024, 32];
const COLUMN = { tap: 'bench', reduction: 'flatten' };
const REPETITIONS = 7;

/** One shard of each of ResNet-50's 17 pooled taps. */
const SHARD_ROWS = 1024;
const WIDTHS = [3, ...repeated(256, 3), ...repeated(512, 4), ...repeated(1024, 6), ...repeated(2048, 3)];

function repeated(width: number, times: number): number[] {
  return new Array(times).fill(width);
}

/** How a shard is stored, and the numbers it is given: floats, or halves that are converted already. */
interface Kind {
  readonly format: ShardFormat;
  readonly dtype: Dtype;
  readonly values: Float32Array | Uint16Array;
}

function manifestOf({ format, dtype }: Kind) {
  return makeManifest({
    identity: {
      formatVersion: FORMAT_VERSION,
      dataset: {},
      labelSets: {},
      decode: {},
      preprocess: {},
      model: {},
      classifier: null,
      numerics: { backend: 'none', version: '0', compute: 'float32' },
      seed: 0,
      batch: BATCH,
      shardRows: ROWS,
      dtype,
      format,
    },
    names: { dataset: 'bench', model: 'bench' },
    samples: { train: ROWS, valid: 0, test: 0 },
    taps: [{ name: COLUMN.tap, kind: 'other', op: 'None', shape: [FEATURES], depth: 0, inputs: [] }],
  });
}

/** One shard of columns of these widths. */
interface Shard {
  readonly shard: number;
  readonly rows: number;
  readonly widths: readonly number[];
}

async function newCache(directory: string, kind: Kind): Promise<void> {
  await rm(directory, { recursive: true, force: true });
  await createOrOpenCache(directory, manifestOf(kind));
}

/** Writes a shard as an extraction does, batch by batch, and commits it: hashed, synced, renamed, listed. */
async function writeShard(directory: string, kind: Kind, { shard, rows, widths }: Shard): Promise<void> {
  const { dtype, format, values } = kind;
  const columns = await Promise.all(
    widths.map(async (features, at) => {
      const column = { ...COLUMN, tap: at === 0 ? COLUMN.tap : `${COLUMN.tap}_${at}` };
      const file = featureFile(column, 'train', shard, format);
      const path = temporaryPath(directory, file);
      return { file, features, writer: await openShardWriter({ path, features, dtype, format, rows }) };
    }),
  );
  for (let row = 0; row < rows; row += BATCH) {
    const end = Math.min(row + BATCH, rows);
    const ids = Int32Array.from({ length: end - row }, (_, at) => row + at);
    await Promise.all(
      columns.map(({ writer, features }) =>
        writer.append(ids, values.subarray(row * features, end * features)),
      ),
    );
  }
  const finished = columns.map(async ({ file, writer }) => ({ file, result: await writer.finish() }));
  await commitAll(directory, await Promise.all(finished));
}

async function writePlain(path: string, bytes: Uint8Array): Promise<number> {
  await rm(path, { force: true });
  return timed(async () => {
    const handle = await open(path, 'wx');
    await handle.writeFile(bytes);
    await handle.sync();
    await handle.close();
  });
}

function readPlain(path: string, bytes: number): Promise<number> {
  return timed(async () => {
    const handle = await open(path, 'r');
    await handle.read(Buffer.allocUnsafeSlow(bytes), 0, bytes, 0);
    await handle.close();
  });
}

/** Reads the shard as float32, as the trainer does: the first time its sha256 is checked, the second time its size only. */
async function readStored(directory: string): Promise<{ first: number; again: number }> {
  const cache = await openCache(directory);
  const read = () =>
    timed(async () => {
      const { blocks } = await parseShard(cache, cache.columns[0]!, 'train', 0);
      for (const block of blocks) widened(block);
    });
  return { first: await read(), again: await read() };
}

function byteCount({ dtype }: Kind, numbers: number): number {
  return numbers * (dtype === 'float32' ? 4 : 2);
}

function nameOf({ format, dtype, values }: Kind): string {
  return `${format} ${dtype}${values instanceof Uint16Array ? ', given halves' : ''}`;
}

const speed = (bytes: number, seconds: number) => digits(bytes / 1e6 / seconds);

async function benchKind(folder: string, kind: Kind): Promise<string[]> {
  const [directory, plain] = [join(folder, 'cache'), join(folder, 'plain')];
  const bytes = new Uint8Array(byteCount(kind, ROWS * FEATURES)).fill(7);
  const again: number[] = [];
  const seconds = await alternate(
    {
      plainWrite: () => writePlain(plain, bytes),
      write: async () => {
        await newCache(directory, kind);
        return timed(() => writeShard(directory, kind, { shard: 0, rows: ROWS, widths: [FEATURES] }));
      },
      plainRead: () => readPlain(plain, bytes.length),
      read: async () => {
        const stored = await readStored(directory);
        again.push(stored.again);
        return stored.first;
      },
    },
    REPETITIONS,
  );
  const reread = median(again);
  return [
    nameOf(kind),
    speed(bytes.length, seconds.plainWrite),
    speed(bytes.length, seconds.write),
    digits(seconds.plainWrite / seconds.write),
    speed(bytes.length, seconds.plainRead),
    speed(bytes.length, seconds.read),
    speed(bytes.length, reread),
    digits(seconds.plainRead / reread),
  ];
}

/** Many columns at once, beside one file of as many bytes. */
async function benchColumns(folder: string, kind: Kind): Promise<string[]> {
  const numbers = SHARD_ROWS * WIDTHS.reduce((sum, width) => sum + width, 0);
  const bytes = new Uint8Array(byteCount(kind, numbers)).fill(7);
  const directory = join(folder, 'cache');
  const seconds = await alternate(
    {
      plainWrite: () => writePlain(join(folder, 'plain'), bytes),
      write: async () => {
        await newCache(directory, kind);
        // The first shard makes the folders, which all others find.
        await writeShard(directory, kind, { shard: 0, rows: 1, widths: WIDTHS });
        return timed(() => writeShard(directory, kind, { shard: 1, rows: SHARD_ROWS, widths: WIDTHS }));
      },
    },
    REPETITIONS,
  );
  return [
    `${WIDTHS.length} columns, ${nameOf(kind)}`,
    speed(bytes.length, seconds.plainWrite),
    speed(bytes.length, seconds.write),
    digits(seconds.plainWrite / seconds.write),
    ...['', '', '', ''],
  ];
}

/** Shards of 10,000 x 1,024 features, and of many columns, written and read, beside the same number of bytes plainly. */
export async function benchStore(folder: string): Promise<Section> {
  const floats = Float32Array.from({ length: ROWS * FEATURES }, (_, at) => Math.sin(at));
  const halves = new Uint16Array(floats.length);
  toFloat16(floats, halves);
  const kinds = SHARD_FORMATS.flatMap((format): Kind[] => [
    { format, dtype: 'float32', values: floats },
    { format, dtype: 'float16', values: floats },
    { format, dtype: 'float16', values: halves },
  ]);
  const rows: string[][] = [];
  for (const kind of kinds) rows.push(await benchKind(folder, kind));
  for (const kind of kinds) rows.push(await benchColumns(folder, kind));
  return {
    title: 'Cache: features written and read, MB/s',
    header: ['shard', 'plain write', 'write', 'ratio', 'plain read', 'first read', 'read again', 'ratio'],
    rows,
    notes: [
      'A shard is 10,000 x 1,024 features; or 1,024 rows of the 17 pooled taps of ResNet-50 (3 to 2,048 features), a file each, all committed at once.',
      'Writing takes 32 rows at a time and includes conversion, sha256, fsync and commit; plain writing is write and fsync of as many bytes to one file. Ratios: part of the plain speed.',
      'Reading gives float32 from the page cache; the first read in a process also checks the sha256.',
    ],
  };
}
