import { defineCommand } from './command.js';
import { DIAGRAM_OPTIONS } from './diagram-options.js';

/** `strata diagram MODEL|RUN`: the network as a picture, with the places of its probes or what they found. */
export const diagramCommand = defineCommand({
  name: 'diagram',
  usage: 'diagram [model]',
  describe: 'Draw a network and its probes, coloured by their errors for a run',
  positionals: {
    model: {
      describe:
        'Folder of a tfjs model or a SavedModel, net.onnx, or the folder of a run or of a run of checkpoints (default: the embedded network)',
      type: 'string',
    },
  },
  options: DIAGRAM_OPTIONS,
  examples: [
    ['strata diagram models/mobilenet-v2 --out mobilenet.svg', 'Its merges with a probe each'],
    [
      'strata diagram data/runs/r50 --style diode --out r50.png',
      "A run, as the paper's Figure 7 draws probes",
    ],
    [
      'strata diagram data/runs/convnet --out training.svg',
      'A run of checkpoints: an animation with a frame for each',
    ],
  ],
  run: async (values) => (await import('./run-diagram.js')).drawDiagram(values),
});
