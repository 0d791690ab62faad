import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { readManifest } from '../../src/store/manifest.js';
import { readTopology, TOPOLOGY_FILE, topologyOf, writeTopology } from '../../src/store/topology.js';
import { makeSmallCache, newFolder } from './small-cache.js';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true }));

const tap = (name: string, inputs: readonly string[]) => ({
  ...{ name, kind: 'other', op: 'é"', shape: [4, 4, 2], depth: inputs.length, inputs },
});

describe('topology.json', () => {
  it('comes back as it was written, in the same bytes each time, and leaves nothing else', async () => {
    const topology = { taps: [tap('in', []), tap('a/b', ['in']), tap('c', ['in', 'a/b'])] };
    await writeTopology(folder, topology);
    const bytes = readFileSync(join(folder, TOPOLOGY_FILE));
    expect(await readTopology(folder)).toEqual(topology);
    await writeTopology(folder, topology);
    expect(readFileSync(join(folder, TOPOLOGY_FILE))).toEqual(bytes);
    expect(readdirSync(folder)).toEqual([TOPOLOGY_FILE]);
  });

  it('is what the manifest of a cache says of its network', async () => {
    await makeSmallCache({ directory: folder });
    const { taps } = topologyOf(await readManifest(folder));
    expect(taps.map(({ name }) => name)).toEqual(['input', 'block/add:1', 'out']);
  });

  it('may be absent', async () => {
    expect(await readTopology(folder)).toBeUndefined();
  });

  it.each([
    ['{"taps": [', 'JSON'],
    ['{"taps": [{"name": "a"}]}', 'kind'],
    [
      JSON.stringify({ taps: [tap('a', ['b']), tap('b', [])] }),
      'a is computed from b, which is not before it',
    ],
    [JSON.stringify({ taps: [tap('a', []), tap('a', [])] }), 'two taps are called a'],
  ])('is refused in one line when it is %s', async (text, problem) => {
    writeFileSync(join(folder, TOPOLOGY_FILE), text);
    const error = (await readTopology(folder).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`not a topology: ${join(folder, TOPOLOGY_FILE)}: `);
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain('\n');
  });
});
