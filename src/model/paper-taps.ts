import { UserError } from '../errors.js';
import type { Tap } from './model.js';
import { inceptionPoints } from './paper-taps/inception.js';
import { mobileNetPoints } from './paper-taps/mobilenet.js';
import { resNetPoints } from './paper-taps/resnet.js';
import { TapGraph } from './paper-taps/tap-graph.js';
import { vggPoints } from './paper-taps/vgg.js';

/** The word for them in `--taps`. */
const PAPER = 'paper';

const TOPOLOGIES = [resNetPoints, inceptionPoints, vggPoints, mobileNetPoints];

const KNOWN = 'ResNet-18 to -152, Inception v3, VGG-11 to -19, MobileNetV2';

/**
 * The natural probe points of a network: the paper's own for ResNet-50 (Figure 4) and Inception v3 (Figures 5, 8 and 9), and
 * the same kind of points for the networks that its conclusion wishes for. A network is known by its structure, not by
 * names, so that every format gives the same points. Pure; in depth order.
 *
 * @throws UserError where the network is none of those known.
 */
export function paperTaps(taps: readonly Tap[]): readonly Tap[] {
  const graph = new TapGraph(taps);
  for (const pointsOf of TOPOLOGIES) {
    const points = pointsOf(graph);
    if (points !== undefined) return taps.filter((tap) => points.includes(tap));
  }
  const counts = `${graph.ofKind('convolution').length} convolutions and ${graph.ofKind('merge').length} merges`;
  throw new UserError(
    `no paper taps for this network: it has ${counts} and is none of those known (${KNOWN}); ` +
      "choose --taps merges, globs or names, or list them as paperTaps in the model's sidecar",
  );
}

/** A selection of `--taps` with `paper` replaced by names: those of the model's sidecar, or else {@link paperTaps}. */
export function withPaperTaps(
  selection: readonly string[],
  taps: readonly Tap[],
  fromSidecar: readonly string[] | undefined,
): readonly string[] {
  if (taps.some(({ name }) => name === PAPER)) return selection;
  return selection.flatMap((wanted) =>
    wanted === PAPER ? (fromSidecar ?? paperTaps(taps).map(({ name }) => name)) : [wanted],
  );
}
