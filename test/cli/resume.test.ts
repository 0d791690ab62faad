import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMeasurements } from '../../src/report/measurements.js';
import { readSafetensors } from '../../src/report/read-safetensors.js';
import { ended, startStrata, strata, temporaryFolder } from './run-strata.js';

const TAPS = 'add_2,add_4,add_5,add_6';
const COLUMNS = 4;

/** What a run came to, but for its times. */
async function numbersOf(run: string) {
  const table = await readMeasurements(join(run, 'measurements.parquet'));
  const bytes = (name: string) => readFile(join(run, name), 'base64');
  return {
    measurements: table.map(({ seconds: _, ...numbers }) => numbers),
    predictions: await bytes('predictions.parquet'),
    weights: await bytes('probes.safetensors'),
  };
}

function partsOf(run: string): readonly string[] {
  try {
    return readdirSync(join(run, 'parts')).filter((name) => name.endsWith('.part'));
  } catch {
    return [];
  }
}

describe('a probe run', async () => {
  const folder = await temporaryFolder();
  const cache = join(folder, 'cache');
  const run = (name: string) => join(folder, name);
  const LABELS = ['--labels', 'label,random'];
  const argsFor = (name: string, more = LABELS) => [
    ...['probe', '--cache', cache, '--out', run(name), '--l2', '1e-1,1e-2', ...more],
  ];
  let expected: Awaited<ReturnType<typeof numbersOf>>;

  beforeAll(async () => {
    const size = ['--limit', '200', '--taps', TAPS, '--reduce', 'average-pool'];
    expect((await strata(['extract', ...size, '--cache', cache])).code).toBe(0);
    const { code, stderr } = await strata(argsFor('whole'));
    expect([code, stderr]).toEqual([0, expect.not.stringContaining('kept from earlier')]);
    expected = await numbersOf(run('whole'));
    expect(expected.measurements).toHaveLength(COLUMNS * 2 * 2);
  });

  it('trains nothing the second time, says so, and gives the same files', async () => {
    const parts = partsOf(run('whole')).map((name) => readFileSync(join(run('whole'), 'parts', name)));
    const times = (await readMeasurements(join(run('whole'), 'measurements.parquet'))).map(
      (one) => one.seconds,
    );
    const { code, stderr } = await strata(argsFor('whole'));
    expect(code).toBe(0);
    expect(stderr).toContain('8 of 8 (columns x label sets) are kept from earlier in');
    expect(stderr).toContain('nothing was trained (--fresh trains all again)');
    expect(await numbersOf(run('whole'))).toEqual(expected);
    expect(
      (await readMeasurements(join(run('whole'), 'measurements.parquet'))).map((one) => one.seconds),
    ).toEqual(times);
    expect(partsOf(run('whole')).map((name) => readFileSync(join(run('whole'), 'parts', name)))).toEqual(
      parts,
    );
  });

  it('gives the same numbers when it is killed as soon as columns are kept, and run again', async () => {
    let most = 0;
    for (let attempt = 0; attempt < 4; attempt++) {
      const child = startStrata(argsFor('killed'));
      const end = ended(child);
      const before = partsOf(run('killed')).length;
      while (child.exitCode === null && partsOf(run('killed')).length === before) await sleep(2);
      // Within the training of the next column, or the writing of the report.
      await sleep(attempt * 15);
      child.kill('SIGKILL');
      await end;
      expect(partsOf(run('killed')).length).toBeGreaterThan(before);
      most = partsOf(run('killed')).length;
      if (most === COLUMNS) break;
    }
    const { code, stderr } = await strata(argsFor('killed'));
    expect(code).toBe(0);
    expect(stderr).toContain(`${2 * most} of 8 (columns x label sets) are kept from earlier`);
    expect(await numbersOf(run('killed'))).toEqual(expected);
  });

  it('gives the same numbers when it is killed at any moment', async () => {
    for (let attempt = 0; attempt < 3; attempt++) {
      const child = startStrata(argsFor('random'));
      const end = ended(child);
      const timer = setTimeout(() => child.kill('SIGKILL'), 400 + attempt * 800 + Math.random() * 800);
      await end;
      clearTimeout(timer);
    }
    expect((await strata(argsFor('random'))).code).toBe(0);
    expect(await numbersOf(run('random'))).toEqual(expected);
    expect(readdirSync(join(run('random'), 'parts')).filter((name) => !name.endsWith('.part'))).toEqual([
      'tmp',
    ]);
    expect(readdirSync(join(run('random'), 'parts', 'tmp'))).toEqual([]);
  });

  it('keeps what is trained on Ctrl-C, and says so', async () => {
    const child = startStrata(argsFor('stopped'));
    const end = ended(child);
    while (child.exitCode === null && partsOf(run('stopped')).length === 0) await sleep(2);
    child.kill('SIGINT');
    const { code, stderr } = await end;
    expect([0, 130]).toContain(code);
    if (code === 130)
      expect(stderr).toContain('what is trained is kept: the same command goes on from there');
    const again = await strata(argsFor('stopped'));
    expect(again.stderr).toContain('kept from earlier');
    expect(await numbersOf(run('stopped'))).toEqual(expected);
  });

  it('trains only the label set and the taps that are new', async () => {
    const first = ['--labels', 'label', '--taps', 'add_2,add_5'];
    expect((await strata(argsFor('grown', first))).code).toBe(0);
    const labels = await strata(argsFor('grown', ['--labels', 'random,label', '--taps', 'add_2,add_5']));
    expect(labels.stderr).toContain('2 of 4 (columns x label sets) are kept from earlier');
    expect(labels.stderr).toContain('2 were trained');
    const taps = await strata(argsFor('grown'));
    expect(taps.stderr).toContain('4 of 8 (columns x label sets) are kept from earlier');
    const { measurements } = await numbersOf(run('grown'));
    for (const [at, { valid, labelSet, tap, l2 }] of expected.measurements.entries()) {
      expect(measurements[at]).toMatchObject({ labelSet, tap, l2 });
      expect(Math.abs(measurements[at]!.valid.loss / valid.loss - 1)).toBeLessThan(2e-2);
    }
    const { tensors } = await readSafetensors(join(run('grown'), 'probes.safetensors'));
    expect(tensors.size).toBe(2 * 2 * COLUMNS);
  });

  it('trains again with other options, when told to, and where a kept file is damaged', async () => {
    const args = argsFor('other');
    expect((await strata(args)).code).toBe(0);
    const other = await strata([...args, '--tolerance', '1e-4']);
    expect(other.stderr).not.toContain('kept from earlier');
    const fresh = await strata([...args, '--fresh']);
    expect(fresh.stderr).not.toContain('kept from earlier');
    const memory = await strata([...args, '--memory', '3GB']);
    expect(memory.stderr).toContain('nothing was trained');
    for (const name of partsOf(run('other'))) {
      const file = join(run('other'), 'parts', name);
      const bytes = readFileSync(file);
      bytes[200]! ^= 1;
      writeFileSync(file, bytes);
    }
    const damaged = await strata(args);
    expect(damaged.stderr).toContain('warning: kept results are damaged, and trained again');
    expect(await numbersOf(run('other'))).toEqual(expected);
  });
});
