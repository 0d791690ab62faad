import { defineCommand } from './command.js';
import { PROBE_OPTIONS } from './probe-options.js';

/** `strata probe`: every tap x reduction x label set x l2 value of a cache, and a report. */
export const probeCommand = defineCommand({
  name: 'probe',
  usage: 'probe',
  describe: 'Train linear probes on a cache: every layer x label set x l2 value',
  options: PROBE_OPTIONS,
  examples: [
    ['strata probe', 'Every column of the embedded data set and network'],
    [
      'strata probe --cache data/cache/imagenet --taps merges --l2 1e-3,1e-4',
      'Some layers, two values of l2',
    ],
    ['strata probe --cache data/cache/convnet', 'The checkpoints of one network, against each other'],
    ['strata probe --labels label,random', 'The classes, and their control, random(label): permuted labels'],
    ["strata probe --labels 'colour,random(colour)'", 'Another label set with its control'],
    [
      'strata probe --probe sgd --patience 10',
      "The paper's protocol: minibatches, stopped early, a bank of rates",
    ],
    ['strata probe --labels breed=breeds.csv', 'Another label set for a cache that is there'],
  ],
  run: async (values) => (await import('./run-probe.js')).probe(values),
});
