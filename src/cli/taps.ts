import { defineCommand } from './command.js';
import { TAPS_OPTIONS } from './taps-options.js';

/** `strata taps MODEL`: where probes can be inserted, in depth order. */
export const tapsCommand = defineCommand({
  name: 'taps',
  usage: 'taps [model]',
  describe: 'List what can be tapped in a model, in depth order',
  positionals: {
    model: {
      describe: 'Folder of a tfjs model or a SavedModel, or net.onnx (default: the embedded network)',
      type: 'string',
    },
  },
  options: TAPS_OPTIONS,
  examples: [
    ['strata taps', 'The embedded network'],
    [
      'strata taps models/mobilenet-v2 --taps merges',
      'Its merges: name, kind, shape, features under each reduction',
    ],
  ],
  run: async (values) => (await import('./run-taps.js')).listTaps(values),
});
