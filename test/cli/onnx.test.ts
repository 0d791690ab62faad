import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { readManifest } from '../../src/store/manifest.js';
import { saveTiny } from '../model/onnx/tiny-onnx.js';
import { ended, hashesOf, startStrata, strata, strataProcess, temporaryFolder } from './run-strata.js';

const SIZE = ['--limit', '200', '--shard-rows', '32', '--batch', '16', '--preprocess', 'tf'];
const REDUCE = ['--reduce', 'average-pool,random-subset:20'];
const WITHOUT = { NODE_OPTIONS: `--import ${fileURLToPath(new URL('without-onnx.mjs', import.meta.url))}` };

describe('an extraction of an ONNX model', async () => {
  const folder = await temporaryFolder();
  const cache = (name: string) => join(folder, name);
  let model: string;
  let expected: Readonly<Record<string, string>>;
  const argsFor = (name: string, taps: string, ...more: string[]) => [
    ...['extract', '--model', model, ...SIZE, ...REDUCE, '--taps', taps, '--cache', cache(name), ...more],
  ];

  beforeAll(async () => {
    model = await saveTiny(folder, 'net.onnx');
    const { code } = await strata(argsFor('one', 'inputs,merges,convolutions'));
    expect(code).toBe(0);
    expected = await hashesOf(cache('one'));
    expect(Object.keys(expected).filter((file) => file.endsWith('.arrow')).length).toBeGreaterThan(50);
  });

  it('gives the same bytes when it is killed, shared between two processes, and taps are added later', async () => {
    const child = startStrata(argsFor('killed', 'merges'));
    const timer = setTimeout(() => child.kill('SIGKILL'), 1500);
    await ended(child);
    clearTimeout(timer);
    const both = ['1/2', '2/2'].map((worker) =>
      strataProcess(argsFor('killed', 'merges', '--worker', worker)),
    );
    expect((await Promise.all(both)).map(({ code }) => code)).toEqual([0, 0]);
    expect((await strata(argsFor('killed', 'inputs,convolutions'))).code).toBe(0);
    expect(await hashesOf(cache('killed'))).toEqual(expected);
    expect((await strata(['verify', cache('killed')])).code).toBe(0);
    const again = await strata(argsFor('killed', 'inputs,merges,convolutions'));
    expect([again.code, again.stdout]).toEqual([0, expect.stringContaining('complete, nothing to extract')]);
  });

  it('refuses a cache of other weights, naming them', async () => {
    await saveTiny(folder, 'net.onnx', { factor: 1.5 });
    const { code, stderr } = await strata(argsFor('one', 'merges'));
    await saveTiny(folder, 'net.onnx');
    expect([code, stderr]).toEqual([2, expect.stringContaining('weightsSha256')]);
  });

  it('takes the batch that the model fixes, and refuses another', async () => {
    const fixed = await saveTiny(folder, 'fixed.onnx', { batch: 4 });
    const args = [
      'extract',
      '--model',
      fixed,
      '--limit',
      '20',
      '--taps',
      'merges',
      '--cache',
      cache('fixed'),
    ];
    const { code, stderr } = await strata([...args, '--preprocess', 'tf', '--batch', '16']);
    expect([code, stderr]).toEqual([2, 'strata: model takes batches of 4 only: --batch 16 (fixed)\n']);
    expect((await strata([...args, '--preprocess', 'tf'])).code).toBe(0);
    expect((await readManifest(cache('fixed'))).identity.batch).toBe(4);
  });

  it('refuses what onnxruntime does not do, in one line', async () => {
    for (const [flag, value] of [
      ['--backend', 'tensorflow'],
      ['--backend', 'wasm'],
      ['--forward', 'eager'],
      ['--compute', 'bfloat16'],
    ] as const) {
      const { code, stderr } = await strata(argsFor('refused', 'merges', flag, value));
      expect([code, stderr]).toEqual([2, expect.stringMatching(/^strata: [^\n]* an ONNX model[^\n]*\n$/)]);
    }
  });

  it('says how onnxruntime is installed where it is absent, and computes other formats without it', async () => {
    const { code, stderr } = await strataProcess(['taps', '--model', model], WITHOUT);
    expect([code, stderr]).toEqual([
      2,
      expect.stringMatching(
        /^strata: ONNX models need onnxruntime-node, [^\n]*\(try: npm install [^\n]*\)\n$/,
      ),
    ]);
    expect((await strataProcess(['taps'], WITHOUT)).code).toBe(0);
    const other = await strataProcess(['extract', '--limit', '8', '--cache', cache('tfjs')], WITHOUT);
    expect(other.code).toBe(0);
  });
});
