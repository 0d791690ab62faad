import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { tableFromIPC } from 'apache-arrow';
import fc from 'fast-check';
import { parquetMetadata } from 'hyparquet';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { sha256Hex } from '../../src/fingerprint.js';
import { DTYPES, SHARD_FORMATS, type WrittenFile } from '../../src/store/column.js';
import { toFloat16 } from '../../src/store/float16.js';
import { batchRows } from '../../src/store/shard-encoder.js';
import { openShardWriter, type ShardWriterOptions } from '../../src/store/shard-writer.js';
import { newFolder } from './small-cache.js';

let folder: string;
let files = 0;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

const KINDS = SHARD_FORMATS.flatMap((format) => DTYPES.map((dtype) => ({ format, dtype })));

type Kind = Omit<ShardWriterOptions, 'path'>;

async function writeRows(
  kind: Kind,
  features: Float32Array,
  appends: readonly number[],
): Promise<WrittenFile> {
  const writer = await openShardWriter({ path: join(folder, `${files++}`), ...kind });
  let start = 0;
  for (const rows of appends) {
    const ids = Int32Array.from({ length: rows }, (_, row) => (start + row) * 3);
    await writer.append(ids, features.slice(start * kind.features, (start + rows) * kind.features));
    start += rows;
  }
  return await writer.finish();
}

const ramp = (length: number) => Float32Array.from({ length }, (_, at) => (at % 4096) / 8);

describe.each(KINDS)('a shard of $dtype as $format', (kind) => {
  it('has the rows, size and sha256 that are reported', async () => {
    const written = await writeRows({ ...kind, features: 3 }, ramp(30), [4, 6]);
    const bytes = readFileSync(written.path);
    expect(written).toEqual({
      path: written.path,
      rows: 10,
      bytes: bytes.length,
      sha256: sha256Hex(bytes),
    });
  });

  it('is the same bytes whatever the sizes of the appends', async () => {
    const features = ramp(40 * 5);
    const whole = await writeRows({ ...kind, features: 5 }, features, [40]);
    const cuts = fc.array(fc.integer({ min: 1, max: 39 }), { maxLength: 6 });
    await fc.assert(
      fc.asyncProperty(cuts, async (places) => {
        const edges = [0, ...new Set(places.toSorted((a, b) => a - b)), 40];
        const sizes = edges.slice(1).map((edge, index) => edge - edges[index]!);
        const { sha256 } = await writeRows({ ...kind, features: 5 }, features, sizes);
        expect(sha256).toBe(whole.sha256);
      }),
      { numRuns: 15 },
    );
  });

  it('is the same bytes when appends cross the ends of batches', async () => {
    const features = 2;
    const rows = 2 * batchRows(features) + 5;
    const values = ramp(rows * features);
    const whole = await writeRows({ ...kind, features }, values, [rows]);
    const parts = await writeRows({ ...kind, features }, values, [1, 70_000, rows - 70_003, 2]);
    expect(parts.sha256).toBe(whole.sha256);
  });

  it('may have no rows', async () => {
    const written = await writeRows({ ...kind, features: 7 }, ramp(0), []);
    expect(written.rows).toBe(0);
    expect(statSync(written.path).size).toBe(written.bytes);
  });

  it('refuses rows of another length', async () => {
    const writer = await openShardWriter({ path: join(folder, 'x'), ...kind, features: 3 });
    await expect(writer.append(Int32Array.of(1), ramp(4))).rejects.toThrow(
      '4 numbers for 1 rows of 3 features',
    );
    await writer.abort();
    expect(existsSync(join(folder, 'x'))).toBe(false);
  });

  it('refuses a path that is taken', async () => {
    const options = { path: join(folder, 'x'), ...kind, features: 3 };
    const writer = await openShardWriter(options);
    await expect(openShardWriter(options)).rejects.toThrow('EEXIST');
    await writer.abort();
  });
});

describe('an Arrow shard', () => {
  it('has batches of the number of rows that the features decide, all buffers at multiples of 64', async () => {
    const features = 2;
    const { path } = await writeRows(
      { format: 'arrow', dtype: 'float32', features },
      ramp(140_000 * features),
      [140_000],
    );
    const { batches } = tableFromIPC(readFileSync(path));
    expect(batches.map(({ numRows }) => numRows)).toEqual([65_536, 65_536, 8_928]);
    for (const batch of batches) {
      for (const values of [
        batch.getChildAt(0)?.data[0]?.values,
        batch.getChildAt(1)?.data[0]?.children[0]?.values,
      ]) {
        expect((values as Float32Array).byteOffset % 64).toBe(0);
      }
    }
  });

  it('has no nulls in its schema', async () => {
    const { path } = await writeRows({ format: 'arrow', dtype: 'float16', features: 3 }, ramp(3), [1]);
    const { schema } = tableFromIPC(readFileSync(path));
    expect(schema.fields.map((field) => `${field}`)).toEqual([
      'id: Int32',
      'features: FixedSizeList[3]<Float16>',
    ]);
    expect(schema.fields.map(({ nullable }) => nullable)).toEqual([false, false]);
  });
});

describe('a Parquet shard', () => {
  it('has row groups of the number of rows that the features decide, uncompressed', async () => {
    const features = 2;
    const { path } = await writeRows(
      { format: 'parquet', dtype: 'float32', features },
      ramp(140_000 * features),
      [140_000],
    );
    const { buffer } = new Uint8Array(readFileSync(path));
    const { row_groups } = parquetMetadata(buffer);
    expect(row_groups.map(({ num_rows }) => Number(num_rows))).toEqual([65_536, 65_536, 8_928]);
    for (const { columns } of row_groups) {
      for (const { meta_data } of columns) expect(meta_data?.codec).toBe('UNCOMPRESSED');
    }
  });
});

describe('batchRows', () => {
  it('is about 16 MB of float32, at least a row, at most 65,536', () => {
    expect([1, 64, 1000, 2 ** 22, 2 ** 24].map(batchRows)).toEqual([65536, 65536, 4194, 1, 1]);
  });
});

describe('float16', () => {
  const shard = { features: 2, dtype: 'float16', format: 'arrow' } as const;
  const refusal = (sample: number, value: string) =>
    `a feature of sample ${sample} is infinite or too large for float16: ${value} (at most 65504; use --dtype float32)`;

  it.each([
    ['a value beyond its range', Float32Array.of(1, 2, 3, 70000, 5, 6), '70000'],
    ['an infinite value', Float32Array.of(1, 2, Number.NEGATIVE_INFINITY, 4, 5, 6), '-Infinity'],
    ['an infinite half', Uint16Array.of(1, 2, 3, 0x7c00, 5, 0xfc00), 'Infinity'],
  ])('refuses %s, naming the sample', async (_, features, value) => {
    const writer = await openShardWriter({ path: join(folder, 'x'), ...shard });
    const appended = writer.append(Int32Array.of(5, 6, 7), features);
    await expect(appended).rejects.toThrow(UserError);
    await expect(appended).rejects.toThrow(refusal(6, value));
    await writer.abort();
  });

  it('lets NaN pass', async () => {
    const writer = await openShardWriter({ path: join(folder, 'x'), ...shard });
    await writer.append(Int32Array.of(1), Float32Array.of(Number.NaN, 1));
    await writer.append(Int32Array.of(2), Uint16Array.of(0x7e01, 0xfe00));
    expect((await writer.finish()).rows).toBe(2);
  });

  it('is the same bytes from halves as from the floats that they are of', async () => {
    const floats = ramp(20);
    const halves = new Uint16Array(20);
    toFloat16(floats, halves);
    const shas = await Promise.all(
      [floats, halves].map(async (features, index) => {
        const writer = await openShardWriter({ path: join(folder, `${index}`), ...shard });
        await writer.append(
          Int32Array.from({ length: 10 }, (_, row) => row),
          features,
        );
        return (await writer.finish()).sha256;
      }),
    );
    expect(shas[1]).toBe(shas[0]);
  });

  it('alone takes halves', async () => {
    const writer = await openShardWriter({ path: join(folder, 'x'), ...shard, dtype: 'float32' });
    const appended = writer.append(Int32Array.of(1), new Uint16Array(2));
    await expect(appended).rejects.toThrow('halves cannot go into a shard of float32');
    await writer.abort();
  });
});

describe('a shard of at most a number of rows', () => {
  const shard = { features: 2 ** 20, dtype: 'float32', format: 'arrow' } as const;

  it('is the same bytes as one without the bound, with fewer rows, as many, and more than a batch', async () => {
    expect(batchRows(shard.features)).toBe(4);
    for (const [rows, bound] of [
      [2, 3],
      [3, 3],
      [4, 4],
      [6, 7],
    ] as const) {
      const features = ramp(rows * shard.features);
      const free = await writeRows(shard, features, [rows]);
      const bounded = await writeRows({ ...shard, rows: bound }, features, [1, rows - 1]);
      expect(bounded.sha256).toBe(free.sha256);
    }
  });

  it('refuses one more', async () => {
    const writer = await openShardWriter({ path: join(folder, 'x'), ...shard, features: 2, rows: 3 });
    await writer.append(Int32Array.of(1, 2), ramp(4));
    await expect(writer.append(Int32Array.of(3, 4), ramp(4))).rejects.toThrow(
      '4 rows for a shard of at most 3',
    );
    await writer.abort();
  });
});
