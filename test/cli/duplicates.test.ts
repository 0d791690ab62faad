import { cpSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTable } from '../../src/store/table.js';
import { strata, temporaryFolder } from './run-strata.js';

/** An image of its own for each number. */
async function writeImage(file: string, number: number): Promise<void> {
  const data = Uint8Array.from({ length: 8 * 8 * 3 }, (_, at) => (number * 37 + at * 7919 * number) % 256);
  mkdirSync(dirname(file), { recursive: true });
  await sharp(data, { raw: { width: 8, height: 8, channels: 3 } })
    .png()
    .toFile(file);
}

describe('a data set with the same images in several splits', async () => {
  const folder = await temporaryFolder();
  const [images, cache, run] = ['images', 'cache', 'run'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const image = (path: string) => join(images, path);
  const extract = (to: string, ...more: readonly string[]) =>
    strata([
      ...['extract', '--dataset', `folder:${images}`, '--model', 'pixels', '--input-size', '8'],
      ...['--shard-rows', '8', '--cache', to, ...more],
    ]);
  const probe = (...more: readonly string[]) =>
    strata(['probe', '--cache', cache, '--out', run, '--l2', '0.1', ...more]);
  const LINE =
    '1 of valid and 2 of test are in train too, 1 of test is in valid too, ' +
    '1 of train is repeated within their split, 2 are of another class than a copy';
  const COUNTS = {
    leaked: { valid: 1, test: 3 },
    testInTrain: 2,
    testInValid: 1,
    within: { train: 1, valid: 0, test: 0 },
    conflicting: 2,
  };

  beforeAll(async () => {
    let number = 1;
    for (const [split, count] of Object.entries({ train: 10, valid: 4, test: 4 }))
      for (const name of ['cat', 'dog'])
        for (let at = 0; at < count; at++) await writeImage(image(`${split}/${name}/${at}.png`), number++);
    cpSync(image('train/cat/0.png'), image('train/cat/copy.png'));
    cpSync(image('train/cat/1.png'), image('valid/cat/copy.png'));
    symlinkSync(image('train/dog/1.png'), image('test/dog/link.png'));
    cpSync(image('train/cat/2.png'), image('test/dog/wrong.png'));
    cpSync(image('valid/dog/0.png'), image('test/dog/again.png'));
    for (const split of ['train', 'test']) writeFileSync(image(`${split}/cat/broken.png`), 'no image');
    const { code, stderr } = await extract(cache);
    expect(code).toBe(3);
    expect(stderr).toContain(
      `warning: samples with the same bytes: ${LINE} (strata describe ${cache} names them)\n`,
    );
  });

  it('has them counted whenever all samples are there, and not before', async () => {
    const again = await extract(cache, '--json');
    expect(JSON.parse(again.stdout)).toMatchObject({ shards: 0, duplicates: COUNTS });
    const shared = join(folder, 'shared');
    const first = await extract(shared, '--worker', '1/2', '--json');
    expect(first.stderr).not.toContain('same bytes');
    expect(JSON.parse(first.stdout).duplicates).toBeNull();
    expect((await strata(['describe', shared])).stdout).toContain(
      'samples with the same bytes: not known before all samples are extracted',
    );
    const second = await extract(shared, '--worker', '2/2', '--json');
    expect(JSON.parse(second.stdout).duplicates).toEqual(COUNTS);
  });

  it('has them named by describe, those of several splits and classes first', async () => {
    const { stdout } = await strata(['describe', cache]);
    expect(stdout).toContain(
      `samples with the same bytes: ${LINE}\n  train/cat/2.png (cat) = test/dog/wrong.png (dog)\n`,
    );
    expect(stdout).toContain('  train/dog/1.png (dog) = test/dog/link.png (dog)\n');
    const { duplicates } = JSON.parse((await strata(['describe', cache, '--json'])).stdout);
    expect(duplicates).toMatchObject(COUNTS);
    expect(duplicates.groups).toContainEqual([
      { split: 'train', key: 'train/cat/0.png', label: 'cat' },
      { split: 'train', key: 'train/cat/copy.png', label: 'cat' },
    ]);
    expect(duplicates.groups).toHaveLength(5);
  });

  it('is described also where a samples part is damaged', async () => {
    const damaged = join(folder, 'damaged');
    cpSync(cache, damaged, { recursive: true });
    writeFileSync(join(damaged, 'samples/split=train/part-00000.parquet'), 'x');
    const { code, stdout } = await strata(['describe', damaged]);
    expect([code, stdout]).toEqual([
      0,
      expect.stringContaining('samples with the same bytes: not known: damaged'),
    ]);
  });

  it('is probed with a warning, and without them when asked, which the run and its kept results tell apart', async () => {
    const all = await probe('--json');
    const warning = `samples with the same bytes: ${LINE} (--drop-duplicates leaves them out of valid and test)`;
    expect(all.stderr).toContain(`warning: ${warning}\n`);
    const before = JSON.parse(all.stdout);
    expect(before.run).toMatchObject({ duplicates: COUNTS, warnings: expect.arrayContaining([warning]) });
    expect(before.run.options).not.toHaveProperty('dropDuplicates');
    const { train, valid, test } = before.measurements[0];
    expect([train.samples, valid.samples, test.samples]).toEqual([21, 9, 11]);
    expect(readFileSync(join(run, 'report.html'), 'utf8')).toContain(
      '1 of valid and 2 of test are in train too',
    );

    const dropped = await probe('--drop-duplicates', '--json');
    expect(dropped.stderr).not.toContain('warning: samples with');
    expect(dropped.stderr).not.toContain('kept from earlier');
    expect(dropped.stderr).toContain(
      'Samples left out, as an earlier split has their bytes (--drop-duplicates): 1 valid, 3 test.',
    );
    const after = JSON.parse(dropped.stdout);
    const own = after.measurements[0];
    expect([own.train.samples, own.valid.samples, own.test.samples]).toEqual([21, 8, 8]);
    expect(own.train).toEqual(train);
    expect(after.run.options.dropDuplicates).toBe(true);
    expect(after.run.labelSets[0]).toMatchObject({
      labelled: { train: 21, valid: 8, test: 8 },
      unlabelled: { train: 0, valid: 0, test: 0 },
    });
    const { columns } = await readTable(join(run, 'predictions.parquet'));
    expect(columns.label!.filter((label) => label === null)).toHaveLength(4);
    expect((await probe('--drop-duplicates')).stderr).toContain('nothing was trained');
    expect((await probe()).stderr).toContain('nothing was trained');
  });
});
