import { cp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/store/manifest.js';
import { savedModelFolder } from '../model/saved-model/saved-models.js';
import { ended, hashesOf, startStrata, strata, strataProcess, temporaryFolder } from './run-strata.js';

const MODEL = savedModelFolder('keras');
const DATA = 'variables/variables.data-00000-of-00001';
const SIZE = ['--limit', '200', '--shard-rows', '32', '--batch', '16', '--preprocess', 'raw'];
const EXTRACT = ['extract', '--model', MODEL, ...SIZE, '--reduce', 'average-pool,random-subset:20'];
const TAPS = ['--taps', 'inputs,merges,normalisations'];

describe('an extraction of a SavedModel', async () => {
  const folder = await temporaryFolder();
  const cache = (name: string) => join(folder, name);
  let expected: Readonly<Record<string, string>>;

  beforeAll(async () => {
    const { code, stderr } = await strata([...EXTRACT, ...TAPS, '--cache', cache('one')]);
    expect(stderr).not.toContain('cannot be compiled');
    expect(code).toBe(0);
    expected = await hashesOf(cache('one'));
    expect(Object.keys(expected).filter((file) => file.endsWith('.arrow')).length).toBeGreaterThan(50);
  });

  it('gives the same bytes when it is killed, shared between two processes, and a tap is added later', async () => {
    const args = [...EXTRACT, '--cache', cache('killed')];
    const child = startStrata([...args, '--taps', 'merges']);
    const timer = setTimeout(() => child.kill('SIGKILL'), 1800);
    await ended(child);
    clearTimeout(timer);
    const both = ['1/2', '2/2'].map((worker) =>
      strataProcess([...args, '--taps', 'merges', '--worker', worker]),
    );
    expect((await Promise.all(both)).map(({ code }) => code)).toEqual([0, 0]);
    expect((await strata([...args, '--taps', 'inputs,normalisations'])).code).toBe(0);
    expect(await hashesOf(cache('killed'))).toEqual(expected);
    const again = await strata([...args, ...TAPS]);
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('complete, nothing to extract')]);
    expect((await strata(['verify', cache('killed')])).code).toBe(0);
  });

  it('refuses a cache of other weights, naming them, but not of another export of the same', async () => {
    const other = cache('other-model');
    await cp(MODEL, other, { recursive: true });
    const file = join(other, 'saved_model.pb');
    const text = await readFile(file, 'latin1');
    // Half of a rescaling's 1 / 127.5, which is a constant of the graph.
    await writeFile(file, text.replaceAll('\x81\x80\x00\x3c', '\x81\x80\x80\x3b'), 'latin1');
    const args = ['extract', '--model', other, ...SIZE, ...TAPS, '--cache', cache('one')];
    const { code, stderr } = await strata(args);
    expect(stderr).toContain('weightsSha256');
    expect(code).toBe(2);
    const { identity } = await readManifest(cache('one'));
    expect(identity.model.format).toBe('saved-model');
    await writeFile(file, text.replaceAll('__inference_', '__inferencE_'), 'latin1');
    const same = await strata([...args, '--reduce', 'average-pool,random-subset:20']);
    expect([same.stderr, same.code]).toEqual([expect.not.stringContaining('Sha256'), 0]);
  });

  it('takes the batch that the model fixes, and refuses another', async () => {
    const fixed = ['--model', savedModelFolder('module'), '--signature', 'fixed', '--preprocess', 'raw'];
    const args = ['extract', ...fixed, '--limit', '20', '--taps', 'merges', '--cache', cache('fixed')];
    const { code, stderr } = await strata([...args, '--batch', '16']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringContaining('model takes batches of 4 only: --batch 16 (module)'),
    ]);
    expect((await strata(args)).code).toBe(0);
    expect((await readManifest(cache('fixed'))).identity.batch).toBe(4);
  });

  it.each([
    [
      'saved_model.pb is cut short',
      'saved_model.pb',
      20_000,
      /^strata: model is damaged: [^\n]*saved_model\.pb /,
    ],
    ['index is missing', 'variables/variables.index', 'gone', /^strata: model variables not found: /],
    ['data are missing', DATA, 'gone', /^strata: model variables cannot be read: /],
    ['data are cut short', DATA, 300, /^strata: model variables cannot be read: /],
  ] as const)('ends in one line where the %s', async (_, name, damage, line) => {
    const broken = cache(`broken-${name.replaceAll('/', '-')}-${damage}`);
    await cp(MODEL, broken, { recursive: true });
    await (damage === 'gone' ? rm(join(broken, name)) : truncate(join(broken, name), damage));
    const { code, stdout, stderr } = await strata(['taps', broken]);
    expect([code, stdout, stderr.split('\n').length]).toEqual([2, '', 2]);
    expect(stderr).toMatch(line);
  });

  it('is listed and drawn by the signature that is named, and refuses one that it does not have', async () => {
    const branches = savedModelFolder('branches');
    const listed = await strata(['taps', branches, '--signature', 'constant_false', '--json']);
    const ops = (JSON.parse(listed.stdout) as { op: string }[]).map(({ op }) => op);
    expect(ops).toEqual(['Placeholder', 'Neg', 'Mean']);
    const drawing = ['diagram', branches, '--taps', 'all', '--signature', 'case'];
    expect((await strata(drawing)).stdout).toContain('Conv2D');
    const line = /^strata: signature not found: wrong [^\n]*constant_true[^\n]*\n$/;
    for (const command of ['taps', 'diagram']) {
      const { code, stderr } = await strata([command, branches, '--signature', 'wrong']);
      expect([code, stderr]).toEqual([2, expect.stringMatching(line)]);
    }
  });

  it('says in one line that it needs TensorFlow', async () => {
    const { code, stderr } = await strata(['taps', MODEL, '--backend', 'wasm']);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(/^strata: a SavedModel needs TensorFlow[^\n]*\n$/),
    ]);
  });
});
