import type { Tap } from '../model.js';
import { isSum, stagesOf, type TapGraph } from './tap-graph.js';

/** The residual merges of each stage (Sandler et al. 2018, Table 2: a stage's first block has none). */
const MERGES = [1, 2, 3, 2, 2];

/** Convolutions up to the last merge: the first, two of the first block, three of each of 15 blocks. */
const CONVOLUTIONS = 48;

/** MobileNetV2 in any width: the input and its ten residual merges, as the paper has it for ResNet-50. Undefined for any other network. */
export function mobileNetPoints(graph: TapGraph): readonly Tap[] | undefined {
  const merges = graph.ofKind('merge');
  const last = merges.at(-1);
  if (last === undefined || !merges.every(isSum) || stagesOf(merges).join() !== MERGES.join())
    return undefined;
  const convolutions = [...graph.above(last)].filter(({ kind }) => kind === 'convolution').length;
  return convolutions === CONVOLUTIONS ? [...graph.ofKind('input'), ...merges] : undefined;
}
