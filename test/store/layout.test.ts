import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SPLITS } from '../../src/split.js';
import { SHARD_FORMATS } from '../../src/store/column.js';
import {
  commitFileOf,
  decodeHiveValue,
  encodeHiveValue,
  featureFile,
  fileOfCommit,
  parseFeatureFile,
  parseSamplesFile,
  samplesFile,
  shardCount,
  shardRange,
} from '../../src/store/layout.js';

const name = fc.string({ unit: 'grapheme', minLength: 1 }).filter((text) => text.isWellFormed());
const split = fc.constantFrom(...SPLITS);
const format = fc.constantFrom(...SHARD_FORMATS);
const shard = fc.integer({ min: 0, max: 2_000_000 });

describe('paths in a cache', () => {
  it('are hive folders', () => {
    const column = { tap: 'block/add:1', reduction: 'random-subset:100' };
    expect(featureFile(column, 'train', 7, 'arrow')).toBe(
      'features/tap=block%2Fadd%3A1/reduction=random-subset%3A100/split=train/part-00007.arrow',
    );
    expect(samplesFile('valid', 123456)).toBe('samples/split=valid/part-123456.parquet');
    expect(commitFileOf('samples/x.parquet')).toBe('commits/samples/x.parquet.json');
  });

  it('encode any name so that it comes back, within one folder name', () => {
    fc.assert(
      fc.property(name, (value) => {
        const encoded = encodeHiveValue(value);
        expect(encoded).toMatch(/^[\w.%-]+$/);
        expect(decodeHiveValue(encoded)).toBe(value);
      }),
    );
  });

  it('of feature shards come back', () => {
    fc.assert(
      fc.property(name, name, split, shard, format, (tap, reduction, ...rest) => {
        const column = { tap, reduction };
        const [ofSplit, number, ofFormat] = rest;
        expect(parseFeatureFile(featureFile(column, ...rest))).toEqual({
          column,
          split: ofSplit,
          shard: number,
          format: ofFormat,
        });
      }),
    );
  });

  it('of samples parts and commit records come back', () => {
    fc.assert(
      fc.property(split, shard, (ofSplit, number) => {
        const file = samplesFile(ofSplit, number);
        expect(parseSamplesFile(file)).toEqual({ split: ofSplit, shard: number });
        expect(fileOfCommit(commitFileOf(file))).toBe(file);
      }),
    );
  });

  it.each([
    'features/tap=a/reduction=b/split=train/part-1.arrow',
    'features/tap=a/reduction=b/split=train/part-000001.arrow',
    'features/tap=a/reduction=b/split=other/part-00001.arrow',
    'features/tap=a/reduction=b/split=train/part-00001.csv',
    'features/tap=a%2f/reduction=b/split=train/part-00001.arrow',
    'features/tap=%FF/reduction=b/split=train/part-00001.arrow',
    'samples/split=train/part-00001.arrow',
    'samples/split=train/part-00001.parquet.json',
    'manifest.json',
  ])('of other shapes are nobody’s: %s', (file) => {
    expect(parseFeatureFile(file)).toBeUndefined();
    expect(parseSamplesFile(file)).toBeUndefined();
    expect(fileOfCommit(file)).toBeUndefined();
  });
});

describe('shard ranges', () => {
  it('partition the samples, in order, and only the last is short', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.integer({ min: 1, max: 70 }), (rows, shardRows) => {
        let next = 0;
        const count = shardCount(rows, shardRows);
        for (let index = 0; index < count; index++) {
          const { start, end } = shardRange(index, rows, shardRows);
          expect(start).toBe(next);
          expect(end - start).toBe(index < count - 1 ? shardRows : rows - start);
          expect(end).toBeGreaterThan(start);
          next = end;
        }
        expect(next).toBe(rows);
      }),
    );
  });
});
