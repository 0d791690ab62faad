import type { Section } from '../section.js';
import { benchCapped } from './capped.js';
import { benchCold } from './cold.js';
import { benchMany, benchPixels, benchRelu } from './convergence.js';
import { benchDepth } from './depth.js';
import { benchMobileNet } from './mobilenet.js';
import { benchPath } from './path.js';
import { benchProducts } from './products.js';
import { benchSgd } from './sgd.js';
import { benchSweep } from './sweep.js';

/** The parts of `make bench-probe`, each within about ten minutes once its problem is made. */
export const PROBE_PARTS: Readonly<Record<string, (folder: string) => Promise<Section>>> = {
  'probe-a3': benchRelu(1e-3),
  'probe-a4': benchRelu(1e-4),
  'probe-a5': benchRelu(1e-5),
  'probe-pixels': benchPixels,
  'probe-b': benchMany,
  'probe-path': benchPath,
  'probe-c': benchMobileNet,
  'probe-d': benchSweep,
  'probe-e': benchCapped,
  'probe-products': benchProducts,
  'probe-cold': benchCold,
  'probe-depth': benchDepth,
  'probe-sgd': benchSgd,
};
