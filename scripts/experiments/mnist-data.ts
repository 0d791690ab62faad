import { openDataset } from '../../src/dataset/open-dataset.js';
import { loadSplit } from '../train-glyphnet/load-split.js';
import { type MinibatchSource, scaledBy } from './training/minibatches.js';

/** The part of MNIST's 60,000 training images that makes exactly 10,000 of them the validation set of section 3.5. */
export const MNIST_VALID_PART = 0.168425;

/** Arguments of `strata extract` for MNIST with that validation set. */
export function mnistArguments(folder: string): readonly string[] {
  return ['--dataset', `idx:${folder}`, '--carve', `valid=${MNIST_VALID_PART}`];
}

/** MNIST's training images without the validation set, 50,000, as a network sees them: (x - mean) * scale. */
export async function mnistSource(
  folder: string,
  { mean, scale }: { readonly mean: readonly number[]; readonly scale: readonly number[] },
): Promise<MinibatchSource> {
  const dataset = await openDataset(`idx:${folder}`, { carve: { valid: MNIST_VALID_PART } });
  const samples = await loadSplit(dataset, 'train');
  return { samples, shape: [28, 28, 1], classes: 10, writeImage: scaledBy(mean[0] ?? 0, scale[0] ?? 1) };
}

/** The names of the classes, which are the digits. */
export const MNIST_CLASSES = Array.from({ length: 10 }, (_, digit) => String(digit));
