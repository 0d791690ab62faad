import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { readMeasurements } from '../../src/report/measurements.js';
import { readTable } from '../../src/store/table.js';
import { ended, filesBelow, hashesOf, startStrata, strata, temporaryFolder } from './run-strata.js';
import { writeCheckpoint, writeOtherNetwork } from './tiny-checkpoints.js';

const SMALL = ['--limit', '120', '--taps', 'input,merges', '--reduce', 'average-pool'];
const PROBE = ['--labels', 'label', '--l2', '0.1'];

async function errorsOf(run: string) {
  const rows = await readMeasurements(join(run, 'measurements.parquet'));
  return rows.map(({ tap, test }) => [tap, test?.error]);
}

describe('checkpoints of one network', async () => {
  const folder = await temporaryFolder();
  const [models, caches, run] = ['net', 'caches', 'run'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  const extract = (...more: readonly string[]) =>
    strata(['extract', ...SMALL, '--model', models, '--cache', caches, ...more]);
  const probe = (out = run) => ['probe', '--cache', caches, '--out', out, ...PROBE];

  beforeAll(async () => {
    for (const [seed, name] of ['step-000', 'step-020', 'step-100'].entries())
      await writeCheckpoint(join(models, name), seed);
    const { code, stdout, stderr } = await extract();
    expect([code, stderr]).toEqual([0, expect.stringContaining('3 checkpoints of net: step 0 (')]);
    expect(
      stdout
        .trim()
        .split('\n')
        .map((line) => line.replace(/:.*/, '')),
    ).toEqual(['step=0', 'step=20', 'step=100'].map((name) => join(caches, name)));
  });

  it('have a cache each, the same as of the model alone, which ls, describe and verify know', async () => {
    const alone = join(folder, 'alone');
    expect(
      (await strata(['extract', ...SMALL, '--model', join(models, 'step-020'), '--cache', alone])).code,
    ).toBe(0);
    const { 'manifest.json': own, ...shards } = await hashesOf(join(caches, 'step=20'));
    const { 'manifest.json': other, ...expected } = await hashesOf(alone);
    expect(shards).toEqual(expected);
    // Its name is that of the checkpoint there.
    expect(own).not.toBe(other);
    const listed = (await strata(['ls', caches])).stdout;
    for (const name of ['step=0', 'step=20', 'step=100']) expect(listed).toContain(join(caches, name));
    expect(listed.indexOf('step=20')).toBeLessThan(listed.indexOf('step=100'));
    expect((await strata(['ls', folder])).stdout).toContain(join(caches, 'step=100'));
    expect((await strata(['describe', caches])).stdout).toMatch(/^step=20 +20 +- +net\/step-020 +3 +3 /m);
    const { code, stdout } = await strata(['verify', caches]);
    expect([code, stdout.match(/all as recorded/g)]).toEqual([0, new Array(3).fill('all as recorded')]);
  });

  it('are probed together, each into a run of its own, and reported against each other', async () => {
    const { code, stdout, stderr } = await strata(probe());
    expect([code, stderr]).toEqual([0, expect.stringContaining(`report: ${join(run, 'report.html')}`)]);
    expect(stdout).toContain('label: prediction error in % on test, by training step');
    expect(stdout).toMatch(/^tap +0 +20 +100$/m);
    expect(stdout).toMatch(/^add_1( +\*?[\d.]+){3}$/m);
    expect(readdirSync(run).sort()).toEqual([
      'checkpoints.json',
      ...['error-by-depth', 'error-by-step', 'loss-by-depth', 'loss-by-step'].flatMap((name) => [
        `${name}.label.csv`,
        `${name}.label.png`,
        `${name}.label.svg`,
      ]),
      'measurements.parquet',
      ...['csv', 'png', 'svg'].map((kind) => `network-frames.label.${kind}`),
      ...['report.html', 'step=0', 'step=100', 'step=20'],
    ]);
    const own = join(folder, 'own');
    expect((await strata(['probe', '--cache', join(caches, 'step=20'), '--out', own, ...PROBE])).code).toBe(
      0,
    );
    expect(await errorsOf(join(run, 'step=20'))).toEqual(await errorsOf(own));
    const { columns } = await readTable(join(run, 'measurements.parquet'));
    expect([...new Set(columns.step)]).toEqual([0, 20, 100]);
  });

  it('are reported again without training, in the same bytes', async () => {
    const before = await hashesOf(run);
    const { code, stdout } = await strata(['report', run, '--table', 'full']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('network itself')]);
    expect(await hashesOf(run)).toEqual(before);
    const { stdout: json } = await strata(['report', run, '--json']);
    expect(JSON.parse(json)).toMatchObject({
      network: 'net',
      checkpoints: [{ step: 0, deadSegments: [] }, { step: 20 }, { step: 100, modelSeed: null }],
    });
  });

  it('are drawn as the frames of one animation, as the run has them', async () => {
    const { code, stdout } = await strata(['diagram', run]);
    expect([code, stdout]).toEqual([0, readFileSync(join(run, 'network-frames.label.svg'), 'utf8')]);
    const { stderr } = await strata(['diagram', run, '--labels', 'tone']);
    expect(stderr).toContain('label set not found: tone (known: label)');
  });

  it('go on after a kill where they were', async () => {
    const killed = join(folder, 'killed');
    const child = startStrata(probe(killed));
    const end = ended(child);
    while (child.exitCode === null && !existsSync(join(killed, 'step=0', 'run.json'))) await sleep(2);
    child.kill('SIGKILL');
    await end;
    expect(existsSync(join(killed, 'checkpoints.json'))).toBe(false);
    const { code, stderr } = await strata(probe(killed));
    expect([code, stderr]).toEqual([
      0,
      expect.stringContaining('3 of 3 (columns x label sets) are kept from'),
    ]);
    const names = (await filesBelow(run)).filter((name) => /by-(depth|step)\..*(csv|svg)$/.test(name));
    expect(names.length).toBeGreaterThan(8);
    for (const name of names) expect(readFileSync(join(killed, name))).toEqual(readFileSync(join(run, name)));
  });

  it('grow: only a checkpoint that is added later is extracted and trained', async () => {
    await writeCheckpoint(join(models, 'step-200'), 9);
    const added = await extract();
    expect(added.stdout.match(/complete, nothing to extract/g)).toHaveLength(3);
    expect(added.stdout).toContain(`${join(caches, 'step=200')}: 3 shards`);
    const { code, stdout, stderr } = await strata(probe());
    expect(code).toBe(0);
    expect(stderr.match(/nothing was trained/g)).toHaveLength(3);
    expect(stdout).toMatch(/^tap +0 +20 +100 +200$/m);
  });

  it('are estimated together, and refused before anything is written where they are of two networks', async () => {
    const nowhere = join(folder, 'none');
    const other = join(folder, 'other', 'step-7');
    const run = (...args: readonly string[]) => strata(['extract', ...SMALL, '--cache', nowhere, ...args]);
    const estimate = await run('--model', models, '--dry-run');
    expect(estimate.stdout).toContain('to extract: 12 shards, 1440 samples');
    await writeOtherNetwork(other);
    const { code, stderr, stdout } = await run('--model', other, '--model', join(models, 'step-000'));
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(
      /^strata: not checkpoints of one network: .*step-7 has no tap stem, and .*step-000 has/,
    );
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(existsSync(nowhere)).toBe(false);
  });

  it.each([
    ['a model into the folder of their caches', 'net/step-000', 'caches', 'is a folder of'],
    ['them into the cache of one', 'net', 'alone', 'is that of one model'],
  ])('refuse %s', async (_, model, cache, message) => {
    const places = ['--model', join(folder, model), '--cache', join(folder, cache)];
    const { code, stderr } = await strata(['extract', ...SMALL, ...places]);
    expect([code, stderr]).toEqual([2, expect.stringContaining(message)]);
  });

  it('have a run that no single run is written over, nor the other way round', async () => {
    const single = ['probe', '--cache', join(caches, 'step=0'), '--out', run, ...PROBE];
    expect((await strata(single)).stderr).toContain('out folder holds a run of several checkpoints');
    expect((await strata(probe(join(run, 'step=0')))).stderr).toContain(
      'out folder holds a run of one cache',
    );
  });

  it('are compared only where they were extracted alike, and deleted together', async () => {
    const odd = ['extract', '--model', join(models, 'step-100'), '--limit', '50', ...SMALL.slice(2)];
    const lone = join(folder, 'lone', 'step=300');
    expect((await strata([...odd, '--cache', lone])).code).toBe(0);
    expect(
      (await strata([...odd.slice(0, 3), ...SMALL, '--cache', join(folder, 'lone', 'step=1')])).code,
    ).toBe(0);
    const { code, stderr } = await strata([
      'probe',
      '--cache',
      join(folder, 'lone'),
      '--out',
      join(folder, 'no'),
    ]);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('checkpoints cannot be compared: dataset.limit is 120'),
    ]);
    expect((await strata(['rm', join(folder, 'lone')])).stdout).toContain(
      'would delete the caches of 2 checkpoints',
    );
    expect((await strata(['rm', join(folder, 'lone'), '--yes'])).code).toBe(0);
    expect(existsSync(join(folder, 'lone'))).toBe(false);
  });
});

describe('seeds of one network', async () => {
  const folder = await temporaryFolder();

  it('are runs of training in folders of their own, and give a mean and a band', async () => {
    const [models, caches, run] = ['net', 'caches', 'run'].map((name) => join(folder, name)) as [
      string,
      string,
      string,
    ];
    for (const [at, name] of ['seed-1/step-0', 'seed-1/step-9', 'seed-2/step-0', 'seed-2/step-9'].entries())
      await writeCheckpoint(join(models, name), at);
    expect((await strata(['extract', ...SMALL, '--model', models, '--cache', caches])).code).toBe(0);
    const { code, stdout } = await strata(['probe', '--cache', caches, '--out', run, ...PROBE]);
    expect(code).toBe(0);
    expect(stdout).toContain('by training step, mean ± deviation over 2 seeds');
    expect(stdout).toMatch(/^add_1( +\*?[\d.]+ ± [\d.]+){2}$/m);
    const svg = readFileSync(join(run, 'error-by-depth.label.svg'), 'utf8');
    expect(svg).toContain('lines: mean over 2 seeds, bands: ± one standard deviation');
    const { columns } = await readTable(join(run, 'measurements.parquet'));
    expect([...new Set(columns.checkpoint)]).toEqual([
      ...['seed=1/step=0', 'seed=1/step=9', 'seed=2/step=0', 'seed=2/step=9'],
    ]);
    expect((await strata(['verify', caches])).stdout.match(/all as recorded/g)).toHaveLength(4);
  });

  it('are probed one after the other where their caches do not fit on the disk together', async () => {
    const [models, caches, whole, run] = ['net', 'one-by-one', 'run', 'kept'].map((name) =>
      join(folder, name),
    ) as [string, string, string, string];
    const probe = (...more: readonly string[]) =>
      strata(['probe', '--cache', caches, '--out', run, ...PROBE, ...more]);
    for (const seed of ['seed-1', 'seed-2']) {
      const model = join(models, seed);
      expect((await strata(['extract', ...SMALL, '--model', model, '--cache', caches])).code).toBe(0);
      const { code, stderr } = await probe();
      expect(code).toBe(0);
      const kept = stderr.match(/^step 0, seed 1 and 1 more stay in the report .*: their caches are gone$/m);
      expect(kept === null).toBe(seed === 'seed-1');
      if (seed === 'seed-1') expect((await strata(['rm', caches, '--yes'])).code).toBe(0);
    }
    const names = (await filesBelow(whole)).filter((name) => /^[^/]*\.(csv|svg|parquet)$/.test(name));
    expect(names).toContain('measurements.parquet');
    for (const name of names.filter((name) => !name.endsWith('parquet')))
      expect(readFileSync(join(run, name))).toEqual(readFileSync(join(whole, name)));

    const other = await probe('--seed', '5');
    expect([other.code, other.stderr]).toEqual([
      2,
      expect.stringMatching(
        /^strata: checkpoints cannot be compared: seed was 0 in .*kept\/seed=1\/step=0, whose/,
      ),
    ]);
    expect((await probe('--fresh')).stdout).not.toContain('mean ± deviation');
  });
});
