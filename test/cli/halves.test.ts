import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { strataProcess, temporaryFolder } from './run-strata.js';

const RECORDER = pathToFileURL('test/cli/record-loaded.mjs').href;

/** What reads images: sharp, whose native code is libvips, and strata's own decoder. */
const DECODER = /sharp|libvips|dist\/decode\/(decode-image|batches)\.js/;

/** What reads data sets and models, and runs them. */
const FORWARD =
  /\/dist\/(dataset|reduce|extract)\/|\/dist\/model\/(open|layers|graph)-model\.js|\/dist\/forward\/(trace|\w+-forward)\.js/;

const TENSORS = /@tensorflow\/|libtensorflow/;

describe('what a command loads', async () => {
  const folder = await temporaryFolder();
  const [cache, run] = [join(folder, 'cache'), join(folder, 'run')];

  /** Every module and shared library that a command has loaded by its end. */
  async function loadedBy(args: readonly string[]): Promise<readonly string[]> {
    const file = join(folder, `loaded-${args[0]}`);
    const { code, stderr } = await strataProcess(args, {
      LOADED: file,
      NODE_OPTIONS: `--import=${RECORDER}`,
    });
    expect([code, stderr]).toEqual([0, expect.any(String)]);
    return (await readFile(file, 'utf8')).trimEnd().split('\n');
  }

  const matching = (loaded: readonly string[], pattern: RegExp) => loaded.filter((one) => pattern.test(one));

  let extracting: readonly string[];
  let probing: readonly string[];
  beforeAll(async () => {
    extracting = await loadedBy(['extract', '--limit', '40', '--taps', 'inputs', '--cache', cache]);
    probing = await loadedBy(['probe', '--l2', '0.1', '--labels', 'label', '--cache', cache, '--out', run]);
  });

  it('extraction: an image decoder, a model loader and a tensor library', () => {
    expect(matching(extracting, /libvips/).length).toBeGreaterThan(0);
    expect(matching(extracting, DECODER).length).toBeGreaterThan(2);
    expect(matching(extracting, FORWARD).length).toBeGreaterThan(10);
    expect(matching(extracting, TENSORS).length).toBeGreaterThan(0);
  });

  it('probing: a tensor library, and neither an image decoder nor a model loader', () => {
    expect(matching(probing, DECODER)).toEqual([]);
    expect(matching(probing, FORWARD)).toEqual([]);
    expect(matching(probing, TENSORS).length).toBeGreaterThan(0);
    expect(matching(probing, /\/dist\/probe\//).length).toBeGreaterThan(0);
  });

  it.each([
    ['--help', ['--help']],
    ['verify', ['verify', cache]],
    ['describe', ['describe', cache]],
    ['report', ['report', run]],
  ])('%s: none of them', async (_, args) => {
    const loaded = await loadedBy(args);
    expect(loaded.length).toBeGreaterThan(100);
    expect(matching(loaded, DECODER)).toEqual([]);
    expect(matching(loaded, FORWARD)).toEqual([]);
    expect(matching(loaded, TENSORS)).toEqual([]);
  });
});
