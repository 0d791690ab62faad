import type { Tap } from '../model/model.js';
import { openNetwork } from '../model/open-model.js';
import { withPaperTaps } from '../model/paper-taps.js';
import { resolveTaps } from '../model/resolve-taps.js';
import { readSidecar } from '../model/sidecar.js';
import { poolProblem } from '../reduce/pool-axes.js';
import {
  defaultReduction,
  parseReduction,
  type Reduction,
  reductionFeatures,
  reductionName,
} from '../reduce/reduction.js';
import { EMBEDDED_MODEL } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { inputSizeOf } from './input-size.js';
import { networkBackend } from './network-backend.js';
import type { TapsValues } from './taps-options.js';
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

/** Null where the reduction is a pool and which of the tap's axes are channels is not known. */
function featuresUnder(reduction: Reduction, tap: Tap): number | null {
  const isRefused = reduction.kind.endsWith('-pool') && poolProblem(tap) !== undefined;
  return isRefused ? null : reductionFeatures(reduction, tap);
}

function printTaps(taps: readonly Tap[], reductions: readonly Reduction[]): void {
  const names = reductions.map(reductionName);
  const rows = taps.map((tap) => [
    tap.depth,
    tap.name,
    tap.kind,
    tap.op,
    tap.shape.join('x'),
    ...reductions.map((reduction) => featuresUnder(reduction, tap) ?? '-'),
    reductionName(defaultReduction(tap)),
  ]);
  terminal.print(textTable(['depth', 'tap', 'kind', 'op', 'shape', ...names, 'default'], rows));
}

/** Carries out `strata taps` and returns its exit code. */
export async function listTaps(values: TapsValues): Promise<number> {
  const path = values.model ?? EMBEDDED_MODEL;
  await networkBackend([path], values.backend);
  const sidecar = await readSidecar(path);
  const inputSize = inputSizeOf(values['input-size']) ?? sidecar?.inputSize;
  const model = await openNetwork(path, { inputSize, signature: values.signature });
  const taps = resolveTaps(withPaperTaps(values.taps ?? ['all'], model.taps, sidecar?.paperTaps), model.taps);
  const reductions = (values.reduce ?? LISTED).map(parseReduction);
  if (values.json === true) {
    const features = (tap: Tap) =>
      Object.fromEntries(reductions.map((one) => [reductionName(one), featuresUnder(one, tap)]));
    terminal.printJson(taps.map((tap) => ({ ...tap, features: features(tap) })));
  } else printTaps(taps, reductions);
  model.dispose();
  return EXIT.done;
}
