import tf from '@tensorflow/tfjs';
import { expect } from 'vitest';
import type { FrozenModel } from '../../src/model/model.js';

/**
 * Runs all taps of a model, and then one with a visitor that fails: at most `most` tensors are held at once, none is left
 * behind, and disposing of the model frees its weights.
 */
export async function expectFreedTensors(
  open: () => Promise<FrozenModel>,
  options: { images: (model: FrozenModel) => tf.Tensor4D; tap: string; most: number },
): Promise<void> {
  const before = tf.memory().numTensors;
  const model = await open();
  const images = options.images(model);
  const held = tf.memory().numTensors;
  let most = 0;
  const names = model.taps.map(({ name }) => name);
  await model.run(images, names, () => {
    most = Math.max(most, tf.memory().numTensors - held);
  });
  expect(most).toBeGreaterThan(0);
  expect(most).toBeLessThanOrEqual(options.most);
  expect(tf.memory().numTensors).toBe(held);
  const failing = model.run(images, [options.tap], () => {
    throw new Error('visitor failed');
  });
  await expect(failing).rejects.toThrow('visitor failed');
  expect(tf.memory().numTensors).toBe(held);
  images.dispose();
  model.dispose();
  expect(tf.memory().numTensors).toBe(before);
}
