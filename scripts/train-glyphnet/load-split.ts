import type { Dataset } from '../../src/dataset/dataset.js';
import type { Split } from '../../src/split.js';

/** A split in memory: (samples, 24, 24, 3) bytes and the class of each sample. */
export interface LoadedSplit {
  readonly samples: number;
  readonly pixels: Uint8Array;
  readonly labels: Int32Array;
}

/** Reads all samples of a split whose images are pixels of one shape. */
export async function loadSplit(dataset: Dataset, split: Split): Promise<LoadedSplit> {
  const { height, width, channels } = dataset.imageShape ?? { height: 0, width: 0, channels: 3 };
  const bytes = height * width * channels;
  const samples = dataset.splits[split].length;
  const pixels = new Uint8Array(samples * bytes);
  for (let index = 0; index < samples; index++) {
    const image = await dataset.read(split, index);
    if (image.kind !== 'pixels')
      throw new Error(`not an image of pixels: ${dataset.splits[split].key(index)}`);
    pixels.set(image.data, index * bytes);
  }
  return { samples, pixels, labels: dataset.labelSets[0]?.labels[split] ?? new Int32Array(samples) };
}
