import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { findCaches, listCaches, requireNoCache, requireNoCheckpoints } from '../../src/store/find-caches.js';
import { removeEmptyFolders } from '../../src/store/remove.js';
import { newFolder } from './small-cache.js';

let folder: string;
beforeEach(() => {
  folder = newFolder();
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function makeCaches(...names: readonly string[]): void {
  for (const name of names) {
    mkdirSync(join(folder, name), { recursive: true });
    writeFileSync(join(folder, name, 'manifest.json'), '{}');
  }
}

describe('findCaches', () => {
  it('finds the caches of checkpoints in order, and nothing beside them', async () => {
    makeCaches('seed=2/step=10', 'seed=1/step=9', 'seed=1/step=10');
    mkdirSync(join(folder, 'other'));
    const found = await findCaches(folder);
    expect(found.kind === 'checkpoints' && found.caches).toEqual(
      [
        { folder: 'seed=1/step=9', step: 9, modelSeed: 1 },
        { folder: 'seed=1/step=10', step: 10, modelSeed: 1 },
        { folder: 'seed=2/step=10', step: 10, modelSeed: 2 },
      ].map((one) => ({ ...one, directory: join(folder, one.folder) })),
    );
  });

  it('takes names that others gave', async () => {
    makeCaches('mnist-step-3', 'mnist-step-1');
    expect(await findCaches(folder)).toMatchObject({ caches: [{ step: 1 }, { step: 3 }] });
  });

  it('takes a cache for one, also where there are others in it', async () => {
    makeCaches('.', 'step=1');
    expect(await findCaches(folder)).toEqual({ kind: 'cache', directory: folder });
    expect(await listCaches(folder)).toEqual([]);
  });

  it.each([
    [[], 'not a strata cache: '],
    [['glyphs', 'mnist'], 'glyphs has no step in its name'],
    [['a-1', 'b-1'], 'a-1 and b-1 are both step 1'],
    [['a/step=1'], 'not a strata cache: '],
  ])('refuses a folder with the caches %j', async (names, message) => {
    makeCaches(...names);
    const error = (await findCaches(folder).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(message);
  });
});

describe('a folder', () => {
  it('is a cache or holds those of checkpoints, and never both', async () => {
    expect(() => requireNoCache(folder)).not.toThrow();
    await requireNoCheckpoints(folder);
    makeCaches('step=1');
    await expect(requireNoCheckpoints(folder)).rejects.toThrow(
      "is a folder of checkpoints' caches (step=1 ...)",
    );
    makeCaches('.');
    expect(() => requireNoCache(folder)).toThrow('is that of one model');
  });

  it('goes with the last of its caches, unless something else is in it', async () => {
    for (const name of ['seed=1', 'seed=2']) mkdirSync(join(folder, name));
    const caches = ['seed=1/step=0', 'seed=1/step=1', 'seed=2/step=0'].map((name) => ({
      directory: join(folder, name),
    }));
    writeFileSync(join(folder, 'seed=2', 'notes'), '');
    await removeEmptyFolders({ directory: folder, caches });
    expect([existsSync(join(folder, 'seed=1')), existsSync(join(folder, 'seed=2'))]).toEqual([false, true]);
    rmSync(join(folder, 'seed=2', 'notes'));
    mkdirSync(join(folder, 'seed=1'));
    await removeEmptyFolders({ directory: folder, caches });
    expect(existsSync(folder)).toBe(false);
  });
});
