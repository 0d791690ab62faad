import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ENVIRONMENTS, pythonOf } from '../../../scripts/setup/virtual-environment.js';
import { loadBackend } from '../../../src/backend/backend.js';
import { largestDeviation } from '../../../src/forward/deviation.js';
import { openModel } from '../../../src/model/open-model.js';
import {
  type Expected,
  expectedImage,
  expectedOf,
  type SavedModelName,
  savedModelFolder,
} from './saved-models.js';

/** The Python that `make test-long` prepares. */
const PYTHON = process.env.STRATA_TENSORFLOW_PYTHON ?? pythonOf(ENVIRONMENTS.tensorflow);
const SCRIPT = join(import.meta.dirname, '..', 'files', 'make_saved_models.py');

/** The last tap of a model for the image that expected values are of. */
async function lastTap(folder: string, signature: string, expected: Expected) {
  const model = await openModel(folder, { signature });
  const images = tf.tensor4d(expectedImage(expected), [...expected.shape]);
  let values = new Float32Array();
  await model.run(images, [model.taps.at(-1)!.name], (_, activation) => {
    values = (activation.dataSync() as Float32Array).slice();
  });
  images.dispose();
  model.dispose();
  return { taps: model.taps, values };
}

describe.skipIf(!existsSync(PYTHON))('SavedModels that TensorFlow writes now', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strata-saved-models-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  let made: Readonly<Record<string, Readonly<Record<string, Expected>>>> = {};

  beforeAll(async () => {
    await loadBackend('tensorflow');
    execFileSync(PYTHON, [SCRIPT, folder], { stdio: 'ignore' });
    made = JSON.parse(readFileSync(join(folder, 'expected.json'), 'utf8'));
  }, 300_000);

  test('have the taps and the numbers of those in the repository, which are those of TensorFlow', async () => {
    expect(Object.keys(made).sort()).toEqual(['branches', 'keras', 'module', 'version-1']);
    for (const [name, signatures] of Object.entries(made))
      for (const [signature, expected] of Object.entries(signatures)) {
        const message = `${name}, ${signature}`;
        const kept = expectedOf(name as SavedModelName, signature);
        expect(kept.shape, message).toEqual(expected.shape);
        const theirs = Float32Array.from(expected.values);
        expect(largestDeviation(theirs, Float32Array.from(kept.values)), message).toBeLessThan(1e-5);
        const now = await lastTap(join(folder, name), signature, expected);
        expect(largestDeviation(theirs, now.values), message).toBeLessThan(1e-5);
        const before = await lastTap(savedModelFolder(name as SavedModelName), signature, expected);
        expect(now.taps, message).toEqual(before.taps);
      }
  });
});
