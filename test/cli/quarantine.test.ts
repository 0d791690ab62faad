import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import sharp from 'sharp';
import { beforeAll, describe, expect, it } from 'vitest';
import { readTable, rowsOf } from '../../src/store/table.js';
import { strata, temporaryFolder } from './run-strata.js';

/** A JPEG of noise around a grey level. */
async function jpeg(level: number): Promise<Buffer> {
  const data = Uint8Array.from({ length: 20 * 20 * 3 }, (_, at) => (level + ((at * 7919) % 60)) % 256);
  return sharp(data, { raw: { width: 20, height: 20, channels: 3 } })
    .jpeg()
    .toBuffer();
}

describe('a folder with a truncated, an empty and a non-image file', async () => {
  const folder = await temporaryFolder();
  const [images, cache] = [join(folder, 'images'), join(folder, 'cache')];
  const extract = [
    'extract',
    '--dataset',
    `folder:${images}`,
    '--model',
    'pixels',
    '--input-size',
    '16',
    '--cache',
    cache,
  ];

  beforeAll(async () => {
    for (const [place, name] of ['dark', 'light'].entries()) {
      await mkdir(join(images, name), { recursive: true });
      for (let index = 0; index < 30; index++) {
        await writeFile(join(images, name, `${index}.jpg`), await jpeg(40 + 120 * place));
      }
    }
    const whole = await readFile(join(images, 'dark', '0.jpg'));
    await writeFile(join(images, 'dark', 'cut.jpg'), whole.subarray(0, Math.floor(whole.length / 2)));
    await writeFile(join(images, 'dark', 'empty.jpg'), '');
    await writeFile(join(images, 'light', 'words.jpg'), 'this is no image');
  });

  it('ends with exit code 3, a count, and a reason for each', async () => {
    const { code, stderr } = await strata(extract);
    expect(code).toBe(3);
    expect(stderr).toContain('3 samples could not be decoded');
    const rows = [];
    for (const split of ['train', 'valid', 'test']) {
      rows.push(...rowsOf(await readTable(join(cache, 'samples', `split=${split}`, 'part-00000.parquet'))));
    }
    expect(rows).toHaveLength(63);
    const bad = rows.filter((row) => row.status === 'quarantined');
    expect(bad.map((row) => String(row.key).split('/').at(-1)).sort()).toEqual([
      'cut.jpg',
      'empty.jpg',
      'words.jpg',
    ]);
    expect(bad.every((row) => String(row.reason).length > 3)).toBe(true);
  });

  it('is probed without them', async () => {
    const { code, stdout } = await strata([
      'probe',
      '--cache',
      cache,
      '--out',
      join(folder, 'run'),
      '--l2',
      '0.1',
      '--json',
    ]);
    expect(code).toBe(0);
    const { run, measurements } = JSON.parse(stdout);
    expect(run.quarantined.train + run.quarantined.valid + run.quarantined.test).toBe(3);
    const { train, valid, test } = measurements[0];
    expect(train.samples + valid.samples + test.samples).toBe(60);
    expect(test.error).toBe(0);
  });

  it('tries them again when asked, and keeps what it had', async () => {
    const { code, stderr } = await strata([...extract, '--retry-quarantined']);
    expect(code).toBe(3);
    expect(stderr).toContain('extracting again: 3 quarantined samples');
    expect((await strata(['verify', cache])).code).toBe(0);
  });

  it('keeps what it had when another worker is to try them again', async () => {
    const args = [...extract, '--taps', 'input', '--retry-quarantined', '--worker', '2/3'];
    expect((await strata(args)).code).not.toBe(1);
    const { columns } = JSON.parse((await strata(['describe', cache, '--json'])).stdout);
    expect(columns.map(({ complete }: { complete: boolean }) => complete)).toEqual([true]);
  });

  it('is refused once a file has changed', async () => {
    await writeFile(join(images, 'dark', 'empty.jpg'), await jpeg(40));
    const { code, stderr } = await strata(extract);
    expect(code).toBe(2);
    expect(stderr).toContain('made with another dataset.');
  });
});
