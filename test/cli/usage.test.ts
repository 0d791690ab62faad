import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { strata, temporaryFolder } from './run-strata.js';

describe('strata on the command line', async () => {
  const folder = await temporaryFolder();

  it.each([
    [['extrac'], 'unknown command: extrac (did you mean extract?)'],
    [['extract', '--tap', 'x'], 'unknown option: --tap (did you mean --taps?)'],
    [['extract', '--dtype', 'float8'], '--dtype is not one of float32, float16: float8'],
    [['extract', '--seed='], '--seed is not a whole number from 0: '],
    [['extract', '--config'], 'Not enough arguments following: config'],
    [['extract', '--batch', 'none'], '--batch is not a whole number from 1: none'],
    [['extract', '--dataset', 'cifar'], 'unknown data set: cifar'],
    [['extract', '--dataset', 'folder:/nowhere'], '/nowhere'],
    [['extract', '--model', '/nowhere'], '/nowhere'],
    [['extract', '--model='], '--model is empty'],
    [
      ['extract', '--model', 'test'],
      'no model in test (it has neither a model.json nor a saved_model.pb, nor folders',
    ],
    [['extract', '--taps', 'add_77'], 'tap not found: add_77'],
    [['extract', '--reduce', 'squash'], 'squash'],
    [['extract', '--forward', 'fast'], '--forward is not one of compiled, eager: fast'],
    [['extract', '--profile', '/nowhere/p.json'], 'profile cannot be written: /nowhere/p.json'],
    [['extract', '--worker', '3/2'], 'worker is not I/N'],
    [['extract', '--dry-run=1'], '--dry-run takes no value, or true or false: 1'],
    [['extract', '--carve', 'train=0.5'], '--carve is for valid and test'],
    [['extract', '--labels', 'hue'], '--labels is not NAME=TABLE: hue'],
    [
      ['extract', '--labels', 'random(x)=x.csv'],
      'label set name is taken: random(x) (choose another name for x.csv)',
    ],
    [['extract', '--cache', 'a', '--cache', 'b'], '--cache is given more than once: a, b'],
    [['extract', '--config', '/nowhere.yaml'], 'config file cannot be read: /nowhere.yaml'],
    [['probe', '--cache', '/nowhere'], 'not a strata cache: /nowhere'],
    [['probe', '--l2', '1e-3,many'], '--l2 is not a number: many'],
    [['probe', '--memory', 'much'], '--memory is not a size: much'],
    [['probe', '--epochs', '3'], '--epochs is not for --probe softmax: it belongs to --probe sgd or adam'],
    [['probe', '--rates', '1', '--probe', 'softmax'], '--rates is not for --probe softmax'],
    [['probe', '--probe', 'adam', '--max-passes', '9'], '--max-passes is not for --probe adam'],
    [['probe', '--probe', 'ridge', '--tolerance', '1e-4'], '--tolerance is not for --probe ridge'],
    [['probe', '--probe', 'sgd', '--rates', '0.1,0'], '--rates is not a list of numbers above 0: 0'],
    [['probe', '--probe', 'sgd', '--patience', '0'], '--patience is not a whole number from 1: 0'],
    [['report', '/nowhere'], 'not a strata run: /nowhere'],
    [['verify'], 'Not enough non-option arguments'],
    [['rm', '/nowhere'], 'not a strata cache: /nowhere'],
    [[], 'which command?'],
  ])('refuses %j in one line with exit code 2', async (args, message) => {
    const { code, stderr, stdout } = await strata(args);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect(stdout).toBe('');
    expect(code).toBe(2);
  });

  it('opens every help with what the command does and examples', async () => {
    for (const command of [
      'extract',
      'probe',
      'report',
      'taps',
      'diagram',
      'ls',
      'describe',
      'verify',
      'rm',
      'doctor',
    ]) {
      const { code, stdout } = await strata([command, '--help']);
      expect(code).toBe(0);
      expect(stdout.startsWith(`strata ${command}`)).toBe(true);
      expect(stdout.indexOf(`$ strata ${command}`)).toBeLessThan(stdout.indexOf('Options:'));
    }
  });

  it('lets flags win over the environment, and the environment over the config file', async () => {
    const config = join(folder, 'config.yaml');
    await writeFile(config, 'limit: 11\nseed: 5\nshard-rows: 64\nl2: 0.5\n');
    const dry = [
      'extract',
      '--dry-run',
      '--model',
      'pixels',
      '--cache',
      join(folder, 'none'),
      '--config',
      config,
    ];
    expect((await strata(dry)).stdout).toContain('33 samples');
    expect((await strata(dry, { STRATA_LIMIT: '12' })).stdout).toContain('36 samples');
    expect((await strata([...dry, '--limit', '13'], { STRATA_LIMIT: '12' })).stdout).toContain('39 samples');
  });

  it('refuses an unknown name in a config file, with the nearest', async () => {
    const config = join(folder, 'wrong.json');
    await writeFile(config, '{"limt": 3}');
    const { code, stderr } = await strata(['extract', '--config', config]);
    expect(stderr).toContain('unknown option: limt (did you mean limit?)');
    expect(code).toBe(2);
  });

  it('takes lists and names from a config file, leaves out nulls, and refuses a switch that says neither', async () => {
    const config = join(folder, 'rich.yaml');
    await writeFile(config, 'limit: null\ntaps: [input]\ncarve: {valid: 0.2}\nlabels: {hue: /nowhere.csv}\n');
    const dry = ['extract', '--model', 'pixels', '--cache', join(folder, 'none'), '--config', config];
    const { stderr } = await strata(dry, { STRATA_DRY_RUN: '1' });
    expect(stderr).toContain('label table cannot be read: /nowhere.csv');
    const odd = await strata(dry, { STRATA_DRY_RUN: 'maybe' });
    expect(odd.stderr).toContain('dry-run is neither true nor false: maybe');
    expect(odd.code).toBe(2);
  });

  it('takes a switch from the environment', async () => {
    const cache = join(folder, 'switched');
    const { code } = await strata(['extract', '--model', 'pixels', '--limit', '2', '--cache', cache], {
      STRATA_DRY_RUN: '1',
    });
    expect(code).toBe(0);
    expect((await strata(['describe', cache])).code).toBe(2);
  });

  it('says in one line with exit code 1 what the file system refuses', async () => {
    const file = join(folder, 'file');
    await writeFile(file, '');
    for (const args of [
      ['extract', '--model', 'pixels', '--limit', '2', '--cache', join(file, 'cache')],
      ['ls', file],
    ]) {
      const { code, stderr } = await strata(args);
      expect(stderr).toMatch(/^strata: ENOTDIR.*\n$/);
      expect(code).toBe(1);
    }
  });

  it('says in a dry run what would be written, and writes nothing', async () => {
    const cache = join(folder, 'dry');
    const { code, stdout } = await strata(['extract', '--dry-run', '--model', 'pixels', '--cache', cache]);
    expect(code).toBe(0);
    expect(stdout).toMatch(/input +flatten +1728/);
    expect(stdout).toContain('16000 samples');
    expect((await strata(['describe', cache])).code).toBe(2);
  });

  it('prints a dry run as JSON, and counts the samples that a label table lacks', async () => {
    const table = join(folder, 'hue.csv');
    await writeFile(table, 'key,label\ntrain/00000,red\n');
    const args = ['extract', '--dry-run', '--json', '--model', 'pixels', '--labels', `hue=${table}`];
    const { stdout, stderr } = await strata([...args, '--cache', join(folder, 'none')]);
    expect(JSON.parse(stdout)).toMatchObject({ samples: 16000, shards: 16, columns: [{ tap: 'input' }] });
    expect(stderr).toContain('label set hue: 15999 of 16000 samples have no label');
  });

  it('refuses what does not fit, and leaves no cache of the options that were too large', async () => {
    const cache = join(folder, 'large');
    const args = [
      'extract',
      '--model',
      'pixels',
      '--cache',
      cache,
      '--reduce',
      'random-projection:999999999',
    ];
    const { code, stderr } = await strata(args);
    expect(stderr).toContain('the cache does not fit');
    expect(code).toBe(1);
    expect((await strata(['describe', cache])).stderr).toContain('not a strata cache');
  });

  it('deletes a damaged cache', async () => {
    const cache = join(folder, 'damaged');
    await mkdir(cache);
    await writeFile(join(cache, 'manifest.json'), '{}');
    expect((await strata(['rm', cache])).stdout).toContain('would delete');
    expect((await strata(['rm', cache, '--yes'])).code).toBe(0);
    expect((await strata(['describe', cache])).code).toBe(2);
  });

  it('prints a completion script', async () => {
    const { code, stdout } = await strata(['completion']);
    expect(code).toBe(0);
    expect(stdout).toContain('strata');
  });
});
