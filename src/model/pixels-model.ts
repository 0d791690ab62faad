import type { ImageShape } from '../dataset/dataset.js';
import { unknownName } from '../errors.js';
import { canonicalJson, sha256Hex } from '../fingerprint.js';
import { IMAGE_AXES } from './axes/axis.js';
import type { FrozenModel, Tap } from './model.js';

/** No network: the preprocessed image itself is the only tap, `input`. */
export function pixelsModel({ height, width, channels }: ImageShape): FrozenModel {
  const input = { height, width, channels };
  const tap: Tap = {
    name: 'input',
    kind: 'input',
    op: 'pixels',
    shape: [height, width, channels],
    axes: IMAGE_AXES,
    depth: 0,
    inputs: [],
  };
  return {
    format: 'pixels',
    name: 'pixels',
    input,
    taps: [tap],
    identity: {
      format: 'pixels',
      topologySha256: sha256Hex(canonicalJson(input)),
      weightsSha256: sha256Hex(''),
    },
    run: async (images, taps, visit) => {
      const unknown = taps.find((name) => name !== tap.name);
      if (unknown !== undefined) throw unknownName('tap', unknown, [tap.name]);
      if (taps.length > 0) visit(tap, images);
    },
    dispose: () => undefined,
  };
}
