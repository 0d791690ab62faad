import { loadBackend } from '../backend/backend.js';
import type { Tap } from '../model/model.js';
import { openModel } from '../model/open-model.js';
import { resolveTaps } from '../model/resolve-taps.js';
import { readSidecar } from '../model/sidecar.js';
import {
  defaultReduction,
  effectiveReduction,
  parseReduction,
  type Reduction,
  reductionFeatures,
  reductionName,
} from '../reduce/reduction.js';
import { defineCommand } from './command.js';
import { EMBEDDED_MODEL } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { inputSizeOf } from './extract-inputs.js';
import { MODEL_OPTIONS } from './extract-options.js';
import { commaList } from './options.js';
import { SHARED_OPTIONS } from './shared-options.js';
import { terminal } from './terminal.js';
import { textTable } from './text-table.js';

/** The reductions whose sizes are listed unless others are named. */
const LISTED = [
  'flatten',
  'average-pool',
  'max-pool',
  'grid-pool:2',
  'random-subset:1000',
  'random-projection:1000',
];

function featuresUnder(reduction: Reduction, { shape }: Tap): number {
  return reductionFeatures(effectiveReduction(reduction, shape), shape);
}

function printTaps(taps: readonly Tap[], reductions: readonly Reduction[]): void {
  const names = reductions.map(reductionName);
  const rows = taps.map((tap) => [
    tap.depth,
    tap.name,
    tap.kind,
    tap.op,
    tap.shape.join('x'),
    ...reductions.map((reduction) => featuresUnder(reduction, tap)),
    reductionName(defaultReduction(tap.shape)),
  ]);
  terminal.print(textTable(['depth', 'tap', 'kind', 'op', 'shape', ...names, 'default'], rows));
}

/** `strata taps MODEL`: where probes can be inserted, in depth order. */
export const tapsCommand = defineCommand({
  name: 'taps',
  usage: 'taps [model]',
  describe: 'List what can be tapped in a model, in depth order',
  positionals: {
    model: { describe: 'Folder of a tfjs model (default: the embedded network)', type: 'string' },
  },
  options: {
    taps: { describe: 'Only these: names, globs, kinds or all', coerce: commaList, requiresArg: true },
    ...MODEL_OPTIONS,
    backend: SHARED_OPTIONS.backend,
    json: SHARED_OPTIONS.json,
    config: SHARED_OPTIONS.config,
  },
  examples: [
    ['strata taps', 'The embedded network'],
    [
      'strata taps models/mobilenet-v2 --taps merges',
      'Its merges: name, kind, shape, features under each reduction',
    ],
  ],
  async run(values) {
    await loadBackend(values.backend ?? 'auto');
    const path = values.model ?? EMBEDDED_MODEL;
    const inputSize = inputSizeOf(values['input-size']) ?? (await readSidecar(path))?.inputSize;
    const model = await openModel(path, inputSize === undefined ? {} : { inputSize });
    const taps = resolveTaps(values.taps ?? ['all'], model.taps);
    const reductions = (values.reduce ?? LISTED).map(parseReduction);
    if (values.json === true) {
      const features = (tap: Tap) =>
        Object.fromEntries(reductions.map((one) => [reductionName(one), featuresUnder(one, tap)]));
      terminal.printJson(taps.map((tap) => ({ ...tap, features: features(tap) })));
    } else printTaps(taps, reductions);
    model.dispose();
    return EXIT.done;
  },
});
