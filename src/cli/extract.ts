import { defineCommand } from './command.js';
import { EXTRACT_OPTIONS } from './extract-options.js';

/** `strata extract`: one forward pass over a data set, reduced activations to disk. */
export const extractCommand = defineCommand({
  name: 'extract',
  usage: 'extract',
  describe: 'Run a frozen model over a data set once and cache reduced activations',
  options: EXTRACT_OPTIONS,
  examples: [
    ['strata extract', 'The embedded images through the embedded network'],
    [
      'strata extract --dataset folder:imagenet --model models/resnet50 --taps merges --preprocess caffe',
      'ImageNet through ResNet-50, as the paper',
    ],
    [
      'strata extract --model models/convnet --cache data/cache/convnet',
      'The checkpoints step-0, step-500 ... in a folder, each into a cache of its own',
    ],
    ['strata extract --dataset idx:mnist --model pixels', 'MNIST as it is, for softmax regression on pixels'],
    [
      'strata extract --cache data/cache/big --worker 2/8',
      'One of eight processes or Slurm tasks that fill one cache',
    ],
    ['strata extract --dry-run', 'Shards, rows, bytes and free disk'],
  ],
  run: async (values) => (await import('./run-extract.js')).extract(values),
});
