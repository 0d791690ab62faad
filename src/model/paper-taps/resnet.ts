import type { Tap } from '../model.js';
import { isSum, stagesOf, type TapGraph } from './tap-graph.js';

interface ResNet {
  /** Blocks of each stage. */
  readonly stages: readonly number[];
  /** Convolutions of each block, without the one in the shortcut of a stage's first block. */
  readonly perBlock: 2 | 3;
  /** Stages whose shortcut has a convolution: a basic network's first stage changes no shape. */
  readonly shortcutsFrom: 0 | 1;
}

const basic = { perBlock: 2, shortcutsFrom: 1 } as const;
const bottleneck = { perBlock: 3, shortcutsFrom: 0 } as const;

/** He et al. 2016, Table 1. ResNeXt and wide networks have the same blocks in other widths. */
const RESNETS: readonly ResNet[] = [
  { stages: [2, 2, 2, 2], ...basic },
  { stages: [3, 4, 6, 3], ...basic },
  { stages: [3, 4, 6, 3], ...bottleneck },
  { stages: [3, 4, 23, 3], ...bottleneck },
  { stages: [3, 8, 36, 3], ...bottleneck },
];

/** Whether some stages are a network's first ones, the last of them perhaps cut. */
function areFirst(stages: readonly number[], of: readonly number[]): boolean {
  return stages.every((blocks, at) =>
    at === stages.length - 1 ? blocks <= (of[at] ?? 0) : blocks === of[at],
  );
}

/** The convolutions up to the last merge: one before the blocks, those of the blocks, and the shortcuts'. */
function convolutionsOf(stages: readonly number[], { perBlock, shortcutsFrom }: ResNet): number {
  const blocks = stages.reduce((sum, some) => sum + some, 0);
  return 1 + perBlock * blocks + stages.length - shortcutsFrom;
}

/**
 * ResNet-18, -34, -50, -101 and -152, also cut after a merge: the input and the merge of every block, before its activation,
 * as the paper has it for ResNet-50 (Figure 4: input_1 and add_1 ... add_16). Undefined for any other network.
 */
export function resNetPoints(graph: TapGraph): readonly Tap[] | undefined {
  const merges = graph.ofKind('merge');
  const last = merges.at(-1);
  if (last === undefined || !merges.every(isSum)) return undefined;
  const stages = stagesOf(merges);
  const convolutions = [...graph.above(last)].filter(({ kind }) => kind === 'convolution').length;
  const isKnown = RESNETS.some(
    (one) => areFirst(stages, one.stages) && convolutions === convolutionsOf(stages, one),
  );
  return isKnown ? [...graph.ofKind('input'), ...merges] : undefined;
}
