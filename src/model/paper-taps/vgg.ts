import type { Tap } from '../model.js';
import type { TapGraph } from './tap-graph.js';

/** Convolutions before each pooling (Simonyan & Zisserman 2015, Table 1: A, B, D, E). */
const VGGS = ['1,1,2,2,2', '2,2,2,2,2', '2,2,3,3,3', '2,2,4,4,4'];

/** The poolings that follow convolutions, and how many each: one that only fits the size to the dense layers is none. */
function blocks(graph: TapGraph): readonly { readonly end: Tap; readonly convolutions: number }[] {
  const found: { end: Tap; convolutions: number }[] = [];
  let convolutions = 0;
  for (const tap of graph.taps) {
    if (tap.kind === 'convolution') convolutions++;
    if (tap.kind !== 'pooling' || convolutions === 0) continue;
    found.push({ end: tap, convolutions });
    convolutions = 0;
  }
  return found;
}

/**
 * VGG-11, -13, -16 and -19: the input, the pooling at the end of every block, and the dense layers after their activation
 * (fully convolutional or not). The last dense layer is the network's own classifier and no point, as in the paper's Figure 4;
 * the paper only wishes for these networks, so where to probe is strata's choice. Undefined for any other network.
 */
export function vggPoints(graph: TapGraph): readonly Tap[] | undefined {
  if (graph.ofKind('merge').length > 0) return undefined;
  const found = blocks(graph).slice(0, 5);
  const last = found.at(-1)?.end;
  if (last === undefined || !VGGS.includes(found.map(({ convolutions }) => convolutions).join()))
    return undefined;
  const weighted = [...graph.below(last)].filter(({ kind }) => kind === 'dense' || kind === 'convolution');
  if (weighted.length > 0 && weighted.length !== 3) return undefined;
  const dense = weighted.slice(0, -1).map((layer) => graph.activated(layer));
  return [...graph.ofKind('input'), ...found.map(({ end }) => end), ...dense];
}
