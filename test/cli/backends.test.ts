import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { BACKENDS, type BackendName } from '../../src/backend/backend.js';
import { tensorflowBinding } from '../../src/backend/tensorflow-package.js';
import type { Measurement } from '../../src/probe/measurement.js';
import { type Cache, openCache } from '../../src/read/cache.js';
import { featureSource } from '../../src/read/feature-source.js';
import { readSampleTable } from '../../src/read/samples.js';
import { widened } from '../../src/read/shard-block.js';
import { SPLITS, type Split } from '../../src/split.js';
import { strata, temporaryFolder } from './run-strata.js';

const REDUCTIONS = ['average-pool', 'max-pool', 'grid-pool:2', 'random-subset:20', 'random-projection:16'];
const EXTRACT = ['extract', '--limit', '300', '--taps', 'inputs,merges', '--reduce', REDUCTIONS.join(',')];
// Near enough to the optimum that what is left of the difference is the backends'.
const PROBED = ['average-pool', 'random-projection:16'];
const PROBE = [
  'probe',
  '--labels',
  'label',
  '--reduce',
  PROBED.join(','),
  '--l2',
  '1e-1,1e-2',
  '--tolerance',
  '1e-6',
  '--json',
];

const installed = existsSync(tensorflowBinding());
const why = installed ? '' : ' (skipped: the TensorFlow library is not installed)';

interface Read {
  readonly features: number;
  readonly values: Float32Array;
}

async function readColumn(cache: Cache, place: number, split: Split): Promise<Read> {
  const source = await featureSource(cache, cache.columns[place]!, split);
  const values = new Float32Array(source.rows * source.features);
  let at = 0;
  for await (const block of source.blocks()) {
    values.set(widened(block), at);
    at += block.values.length;
  }
  return { features: source.features, values };
}

/** The largest difference between two columns, as a part of the largest magnitude. */
function relativeDifference(left: ArrayLike<number>, right: ArrayLike<number>): number {
  let [difference, magnitude] = [0, 0];
  for (let at = 0; at < left.length; at++) {
    difference = Math.max(difference, Math.abs(left[at]! - right[at]!));
    magnitude = Math.max(magnitude, Math.abs(left[at]!));
  }
  return difference / magnitude;
}

async function probeWith(backend: BackendName, folder: string): Promise<readonly Measurement[]> {
  const [cache, out] = [join(folder, backend), join(folder, `run-${backend}`)];
  const ended = await strata([...PROBE, '--backend', backend, '--cache', cache, '--out', out]);
  expect([ended.code, ended.stderr]).toEqual([0, expect.any(String)]);
  const { run, measurements } = JSON.parse(ended.stdout) as {
    run: { backend: { name: string } };
    measurements: Measurement[];
  };
  expect(run.backend.name).toBe(backend);
  return measurements;
}

describe.skipIf(!installed)(
  `the TensorFlow and WebAssembly backends${why}`,
  async () => {
    const folder = await temporaryFolder();
    const caches: Partial<Record<BackendName, Cache>> = {};

    beforeAll(async () => {
      for (const backend of BACKENDS) {
        const directory = join(folder, backend);
        const { code, stderr } = await strata([...EXTRACT, '--backend', backend, '--cache', directory]);
        expect([code, stderr]).toEqual([0, expect.any(String)]);
        caches[backend] = await openCache(directory);
        expect(caches[backend].manifest.identity.numerics).toMatchObject({ backend });
      }
    });

    it('give the same features to 1e-4 of the largest', async () => {
      const { tensorflow, wasm } = caches;
      const names = (cache: Cache) => cache.columns.map(({ tap, reduction }) => `${tap.name} ${reduction}`);
      expect(names(wasm!)).toEqual(names(tensorflow!));
      expect(names(wasm!)).toHaveLength(7 * REDUCTIONS.length);
      for (const [place, name] of names(wasm!).entries()) {
        for (const split of SPLITS) {
          const left = await readColumn(tensorflow!, place, split);
          const right = await readColumn(wasm!, place, split);
          expect([name, right.features, right.values.length]).toEqual([
            name,
            left.features,
            300 * left.features,
          ]);
          expect(left.values.some((value) => value !== 0)).toBe(true);
          expect(relativeDifference(left.values, right.values), `${name} ${split}`).toBeLessThan(1e-4);
        }
      }
    });

    it('give the same predictions of the network itself', async () => {
      for (const split of SPLITS) {
        const left = await readSampleTable(caches.tensorflow!, split);
        const right = await readSampleTable(caches.wasm!, split);
        expect(new Set(left.modelPrediction).size).toBeGreaterThanOrEqual(10);
        expect(right.modelPrediction).toEqual(left.modelPrediction);
        expect([...right.modelRank]).toEqual([...left.modelRank]);
        expect(relativeDifference(left.modelLoss, right.modelLoss)).toBeLessThan(1e-4);
      }
    });

    it('give probes with the same losses to 1e-3, and test errors within a point', async () => {
      const tensorflow = await probeWith('tensorflow', folder);
      const wasm = await probeWith('wasm', folder);
      expect(wasm).toHaveLength(7 * PROBED.length * 2);
      for (const [at, left] of tensorflow.entries()) {
        const right = wasm[at]!;
        const probe = `${left.tap} ${left.reduction} ${left.l2}`;
        expect(`${right.tap} ${right.reduction} ${right.l2}`).toBe(probe);
        expect(right.selected, probe).toBe(left.selected);
        for (const split of SPLITS) {
          const [ours, theirs] = [left[split], right[split]];
          if (ours === null || theirs === null) continue;
          expect(Math.abs(ours.loss / theirs.loss - 1), `${probe} ${split}`).toBeLessThan(1e-3);
        }
        if (left.test !== null)
          expect(Math.abs(left.test.error - right.test!.error), probe).toBeLessThanOrEqual(0.01);
      }
    });
  },
  300_000,
);
