import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { ended, hashesOf, startStrata, strata, strataProcess, temporaryFolder } from './run-strata.js';

const SIZE = ['--limit', '700', '--shard-rows', '128', '--batch', '32'];
const COLUMNS = ['--taps', 'inputs,merges', '--reduce', 'average-pool,random-subset:20,random-projection:10'];
const EXTRACT = ['extract', ...SIZE, ...COLUMNS];

describe('the same extraction', async () => {
  const folder = await temporaryFolder();
  const cache = (name: string) => join(folder, name);
  let expected: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const { code, stderr } = await strata([...EXTRACT, '--cache', cache('one'), '--concurrency', '1']);
    expect(stderr).toContain('samples/s');
    expect(code).toBe(0);
    expected = await hashesOf(cache('one'));
    expect(Object.keys(expected).filter((file) => file.endsWith('.arrow')).length).toBeGreaterThan(100);
  });

  it('gives the same bytes at concurrency 8', async () => {
    expect((await strata([...EXTRACT, '--cache', cache('eight'), '--concurrency', '8'])).code).toBe(0);
    expect(await hashesOf(cache('eight'))).toEqual(expected);
  });

  it('gives the same bytes when it is killed ten times and run again', async () => {
    const args = [...EXTRACT, '--cache', cache('killed')];
    let killed = 0;
    for (let attempt = 0; attempt < 10; attempt++) {
      const child = startStrata(args);
      const end = ended(child);
      const timer = setTimeout(() => child.kill('SIGKILL'), 700 + Math.random() * 2500);
      if ((await end).code === null) killed += 1;
      clearTimeout(timer);
    }
    expect(killed).toBeGreaterThan(0);
    expect((await strata(args)).code).toBe(0);
    expect(await hashesOf(cache('killed'))).toEqual(expected);
    expect((await strata(['verify', cache('killed')])).code).toBe(0);
  });

  it('gives the same bytes when two processes fill one cache at once, sharing the work or not', async () => {
    const [shared, raced] = [cache('shared'), cache('raced')];
    const both = await Promise.all([
      strataProcess([...EXTRACT, '--cache', shared, '--worker', '1/2']),
      strataProcess([...EXTRACT, '--cache', shared, '--worker', '2/2']),
    ]);
    expect(both.map(({ code }) => code)).toEqual([0, 0]);
    expect(await hashesOf(shared)).toEqual(expected);
    const racing = await Promise.all([
      strataProcess([...EXTRACT, '--cache', raced]),
      strataProcess([...EXTRACT, '--cache', raced]),
    ]);
    expect(racing.map(({ code }) => code)).toEqual([0, 0]);
    expect(await hashesOf(raced)).toEqual(expected);
  });

  it('gives the same bytes when a tap is added later', async () => {
    const added = [
      ...SIZE,
      '--reduce',
      'average-pool,random-subset:20,random-projection:10',
      '--cache',
      cache('added'),
    ];
    expect((await strata(['extract', ...added, '--taps', 'merges'])).code).toBe(0);
    expect((await strata(['extract', ...added, '--taps', 'inputs'])).code).toBe(0);
    expect(await hashesOf(cache('added'))).toEqual(expected);
  });

  it('extracts nothing when everything is there', async () => {
    const { code, stdout } = await strata([...EXTRACT, '--cache', cache('one')]);
    expect(code).toBe(0);
    expect(stdout).toContain('complete, nothing to extract');
  });

  it('finishes the shard at hand on Ctrl-C, and goes on from there', async () => {
    const args = [...EXTRACT, '--cache', cache('stopped')];
    const child = startStrata(args);
    const end = ended(child);
    const timer = setTimeout(() => child.kill('SIGINT'), 1800);
    const { code } = await end;
    clearTimeout(timer);
    expect([0, 130, null]).toContain(code);
    expect((await strata(args)).code).toBe(0);
    expect(await hashesOf(cache('stopped'))).toEqual(expected);
  });
}, 300_000);
