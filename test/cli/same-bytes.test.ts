import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import {
  ended,
  filesBelow,
  hashesOf,
  startStrata,
  strata,
  strataProcess,
  temporaryFolder,
} from './run-strata.js';

const SIZE = ['--limit', '400', '--shard-rows', '64', '--batch', '32'];
const COLUMNS = ['--taps', 'inputs,merges', '--reduce', 'average-pool,random-subset:20,random-projection:10'];
const EXTRACT = ['extract', ...SIZE, ...COLUMNS];

describe('the same extraction', async () => {
  const folder = await temporaryFolder();
  const cache = (name: string) => join(folder, name);
  const written = async () => (await filesBelow(cache('killed')).catch(() => [])).length;
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

  it('gives the same bytes when it is killed as soon as it has begun, four times in the midst of it, and run again', async () => {
    const args = [...EXTRACT, '--cache', cache('killed')];
    let killed = 0;
    for (let attempt = 0; attempt < 5; attempt++) {
      const child = startStrata(args);
      const end = ended(child);
      // Killed at a moment that lies in the work on any machine: once something is written, and some shards later.
      const wanted = attempt === 0 ? 1 : (await written()) + 20 * attempt;
      while (child.exitCode === null && (await written()) < wanted) await sleep(5);
      await sleep(Math.random() * 40);
      child.kill('SIGKILL');
      if ((await end).code === null) killed += 1;
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
    while (
      child.exitCode === null &&
      !(await filesBelow(cache('stopped')).catch(() => [])).some((file) => file.endsWith('.arrow'))
    )
      await sleep(5);
    child.kill('SIGINT');
    const { code } = await end;
    expect([0, 130]).toContain(code);
    expect((await strata(args)).code).toBe(0);
    expect(await hashesOf(cache('stopped'))).toEqual(expected);
  });
});
