import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Json } from '../../src/fingerprint.js';
import type { ColumnResult } from '../../src/probe/assemble-column.js';
import type { ProbeLabelSet } from '../../src/probe/probe-labels.js';
import type { Cache, CachedColumn } from '../../src/read/cache.js';
import { openParts, PARTS_FOLDER } from '../../src/report/result-parts.js';
import { perSplit } from '../../src/split.js';
import { featureFile } from '../../src/store/layout.js';
import { measurement } from './example-run.js';
import { temporaryFolders } from './temporary-folder.js';

const temporaryFolder = temporaryFolders();

const column = {
  tap: { name: 'add_1', depth: 3, shape: [2, 2, 8] },
  reduction: 'flatten',
  expected: { train: 1, valid: 1, test: 0 },
} as unknown as CachedColumn;

/** A cache with shards of some content. */
function cacheOf(shard = 'a', fingerprint = 'f'): Cache {
  const file = featureFile({ tap: 'add_1', reduction: 'flatten' }, 'train', 0, 'arrow');
  return {
    manifest: { fingerprint, identity: { format: 'arrow' } },
    commits: new Map([[file, { sha256: shard }]]),
  } as unknown as Cache;
}

function labelSet(name: string, first = 0, classes = ['cat', 'dog']): ProbeLabelSet {
  // A view into a larger buffer, as label sets may be.
  const labels = perSplit(() => Int32Array.of(9, first, 1, -1, 9).subarray(1, 4));
  return { name, classes, labels };
}

function resultFor(names: readonly string[]): ColumnResult {
  const own = { tap: 'add_1', reduction: 'flatten', classes: ['cat', 'dog'] };
  return {
    measurements: names.flatMap((name) =>
      [1e-1, 1e-2].map((l2) => measurement({ labelSet: name, l2, optimalityGap: Number.POSITIVE_INFINITY })),
    ),
    predictions: names.map((name) => ({
      ...{ ...own, labelSet: name, split: 'valid' as const },
      ids: Int32Array.of(4, 5, 6),
      labels: Int32Array.of(0, 1, -1),
      predicted: Int32Array.of(9, 1, 1, 0).subarray(1),
    })),
    weights: names.map((name) => ({
      ...{ ...own, labelSet: name, features: 2 },
      weight: Float32Array.of(0.1, -3, Math.PI, 1e-30),
      bias: Float32Array.of(1, Number.NEGATIVE_INFINITY),
    })),
  };
}

const [label, hue] = [labelSet('label'), labelSet('hue')];
const training: Json = { l2: [1e-1, 1e-2], seed: 0 };

/** Opens the parts of a run's folder. */
function open(
  folder: string,
  { cache = cacheOf(), how = training, ...rest }: { cache?: Cache; how?: Json; fresh?: boolean } = {},
  damage: string[] = [],
) {
  return openParts(folder, { cache, training: how, ...rest, onDamage: (message) => damage.push(message) });
}

describe('kept results', () => {
  it('come back as they were, label set by label set, numbers bit for bit', async () => {
    const folder = temporaryFolder();
    await (await open(folder)).keep(column, [label, hue], resultFor(['label', 'hue']));
    const found = await (await open(folder)).find(column, [hue, labelSet('new')]);
    expect([...found.keys()]).toEqual(['hue']);
    expect(found.get('hue')).toEqual(resultFor(['hue']));
    expect(found.get('hue')!.weights[0]!.weight).toBeInstanceOf(Float32Array);
  });

  it('gain label sets and keep those they had', async () => {
    const parts = await open(temporaryFolder());
    await parts.keep(column, [label], resultFor(['label']));
    await parts.keep(column, [hue], resultFor(['hue']));
    expect([...(await parts.find(column, [label, hue])).keys()]).toEqual(['label', 'hue']);
  });

  it('are not those of other labels or classes, though the name is the same', async () => {
    const parts = await open(temporaryFolder());
    await parts.keep(column, [label], resultFor(['label']));
    expect((await parts.find(column, [labelSet('label', 1)])).size).toBe(0);
    expect((await parts.find(column, [labelSet('label', 0, ['cat', 'cow'])])).size).toBe(0);
  });

  it('are not those of another cache, other shards, another column or other training', async () => {
    const folder = temporaryFolder();
    await (await open(folder)).keep(column, [label], resultFor(['label']));
    const found = async (options: Parameters<typeof open>[1], of: CachedColumn = column) =>
      (await (await open(folder, options)).find(of, [label])).size;
    expect(await found({})).toBe(1);
    expect(await found({ cache: cacheOf('b') })).toBe(0);
    expect(await found({ cache: cacheOf('a', 'g') })).toBe(0);
    expect(await found({ how: { l2: [1e-1], seed: 0 } })).toBe(0);
    expect(await found({}, { ...column, reduction: 'average-pool' })).toBe(0);
  });

  it('are replaced, not used, when all is to be trained afresh; other label sets stay', async () => {
    const folder = temporaryFolder();
    await (await open(folder)).keep(column, [label, hue], resultFor(['label', 'hue']));
    const fresh = await open(folder, { fresh: true });
    expect((await fresh.find(column, [label, hue])).size).toBe(0);
    const other = resultFor(['label']);
    other.measurements[0] = measurement({ labelSet: 'label', passes: 7 });
    await fresh.keep(column, [label], other);
    const found = await (await open(folder)).find(column, [label, hue]);
    expect(found.get('label')).toEqual(other);
    expect(found.get('hue')).toEqual(resultFor(['hue']));
  });

  it('notice any byte that is not as written, say so once, and are trained again', async () => {
    for (const at of [0, 40, -1]) {
      const folder = temporaryFolder();
      const damage: string[] = [];
      const parts = await open(folder, {}, damage);
      await parts.keep(column, [label], resultFor(['label']));
      const [name] = readdirSync(join(folder, PARTS_FOLDER)).filter((one) => one.endsWith('.part'));
      const file = join(folder, PARTS_FOLDER, name!);
      const bytes = readFileSync(file);
      bytes[at < 0 ? bytes.length + at : at]! ^= 1;
      writeFileSync(file, bytes);
      expect((await parts.find(column, [label])).size).toBe(0);
      expect((await parts.find(column, [label])).size).toBe(0);
      expect(damage).toEqual([expect.stringContaining(`trained again: ${file}`)]);
    }
  });

  it('are none where a file is empty or cut', async () => {
    const folder = temporaryFolder();
    const parts = await open(folder);
    await parts.keep(column, [label], resultFor(['label']));
    const [name] = readdirSync(join(folder, PARTS_FOLDER)).filter((one) => one.endsWith('.part'));
    for (const length of [0, 20, 100]) {
      writeFileSync(join(folder, PARTS_FOLDER, name!), Buffer.alloc(length));
      expect((await parts.find(column, [label])).size).toBe(0);
    }
  });

  it('leave nothing of a write beside the files', async () => {
    const folder = temporaryFolder();
    await (await open(folder)).keep(column, [label], resultFor(['label']));
    const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((one) => one.isFile());
    expect(files.map(({ name }) => name)).toEqual([expect.stringMatching(/^[0-9a-f]{64}\.part$/)]);
  });
});
