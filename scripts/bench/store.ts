import { open, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { openCache } from '../../src/read/cache.js';
import { parseShard } from '../../src/read/shard.js';
import { widened } from '../../src/read/shard-block.js';
import { DTYPES, type Dtype, SHARD_FORMATS, type ShardFormat } from '../../src/store/column.js';
import { commit, temporaryPath } from '../../src/store/commit.js';
import { featureFile } from '../../src/store/layout.js';
import { createOrOpenCache, FORMAT_VERSION, makeManifest } from '../../src/store/manifest.js';
import { openShardWriter } from '../../src/store/shard-writer.js';
import { alternate, median, timed } from './alternate.js';
import { digits, type Section } from './section.js';

const [ROWS, FEATURES, BATCH] = [10_000, 1024, 32];
const COLUMN = { tap: 'bench', reduction: 'flatten' };

interface Kind {
  readonly format: ShardFormat;
  readonly dtype: Dtype;
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

/** Writes one shard as an extraction does, batch by batch, and commits it: hashed, synced, renamed, listed. */
async function writeShard(directory: string, kind: Kind, values: Float32Array): Promise<number> {
  await rm(directory, { recursive: true, force: true });
  await createOrOpenCache(directory, manifestOf(kind));
  const file = featureFile(COLUMN, 'train', 0, kind.format);
  return timed(async () => {
    const path = temporaryPath(directory, file);
    const writer = await openShardWriter({ path, features: FEATURES, ...kind });
    for (let row = 0; row < ROWS; row += BATCH) {
      const end = Math.min(row + BATCH, ROWS);
      const ids = Int32Array.from({ length: end - row }, (_, at) => row + at);
      await writer.append(ids, values.subarray(row * FEATURES, end * FEATURES));
    }
    await commit(directory, await writer.finish(), file);
  });
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

async function benchKind(folder: string, kind: Kind, values: Float32Array): Promise<string[]> {
  const [directory, plain] = [join(folder, 'cache'), join(folder, 'plain')];
  const bytes = new Uint8Array(ROWS * FEATURES * (kind.dtype === 'float32' ? 4 : 2)).fill(7);
  const again: number[] = [];
  const seconds = await alternate(
    {
      plainWrite: () => writePlain(plain, bytes),
      write: () => writeShard(directory, kind, values),
      plainRead: () => readPlain(plain, bytes.length),
      read: async () => {
        const stored = await readStored(directory);
        again.push(stored.again);
        return stored.first;
      },
    },
    5,
  );
  const reread = median(again);
  const speed = (time: number) => digits(bytes.length / 1e6 / time);
  return [
    `${kind.format} ${kind.dtype}`,
    speed(seconds.plainWrite),
    speed(seconds.write),
    digits(seconds.plainWrite / seconds.write),
    speed(seconds.plainRead),
    speed(seconds.read),
    speed(reread),
    digits(seconds.plainRead / reread),
  ];
}

/** Shards of 10,000 x 1,024 features written and read, beside the same number of bytes plainly. */
export async function benchStore(folder: string): Promise<Section> {
  const values = Float32Array.from({ length: ROWS * FEATURES }, (_, at) => Math.sin(at));
  const rows: string[][] = [];
  for (const dtype of DTYPES) {
    for (const format of SHARD_FORMATS) rows.push(await benchKind(folder, { format, dtype }, values));
  }
  return {
    title: 'Cache: 10,000 x 1,024 features in one shard, MB/s',
    header: ['shard', 'plain write', 'write', 'ratio', 'plain read', 'first read', 'read again', 'ratio'],
    rows,
    notes: [
      'Writing includes conversion, sha256, fsync and commit; plain writing is write and fsync of as many bytes. Ratios: part of the plain speed.',
      'Reading gives float32 from the page cache; the first read in a process also checks the sha256.',
    ],
  };
}
