import type { NetworkLayout, PlacedEdge } from './network-layout.js';

/** A height between two rows of nodes, in pixels, and how many edges pass it. */
interface Gap {
  readonly y: number;
  readonly passing: number;
}

/**
 * Where to cut a tall layout for so many columns of about equal height: between rows of nodes, where few edges pass.
 *
 * @returns heights, ascending; fewer than asked for where there are too few rows.
 */
export function cutsFor(layout: NetworkLayout, columns: number): readonly number[] {
  const gaps = gapsOf(layout);
  const height = layout.nodes.reduce((most, node) => Math.max(most, node.top + node.height), 0);
  const cuts: number[] = [];
  for (let left = columns; left > 1; left--) {
    const top = cuts.at(-1) ?? 0;
    const cut = bestCut(gaps, top, (height - top) / left);
    if (cut !== undefined) cuts.push(cut);
  }
  return cuts;
}

/** Of the gaps near the wanted height, the nearest of those with the fewest edges. */
function bestCut(gaps: readonly Gap[], top: number, wanted: number): number | undefined {
  const below = gaps.filter(({ y }) => y > top);
  const distance = ({ y }: Gap) => Math.abs(y - top - wanted);
  const near = below.filter((gap) => distance(gap) <= 0.25 * wanted);
  const choice = near.length > 0 ? near : below.slice(0, 1);
  const fewest = choice.reduce((least, { passing }) => Math.min(least, passing), Number.POSITIVE_INFINITY);
  const best = choice.filter(({ passing }) => passing === fewest);
  return best.sort((a, b) => distance(a) - distance(b))[0]?.y;
}

/** The gaps between rows, downwards; nodes that stand side by side are one row. */
function gapsOf({ nodes, edges }: NetworkLayout): readonly Gap[] {
  const gaps: Gap[] = [];
  let bottom: number | undefined;
  for (const node of [...nodes].sort((a, b) => a.top - b.top)) {
    if (bottom !== undefined && node.top > bottom) {
      const y = (bottom + node.top) / 2;
      const passes = ({ from, to }: PlacedEdge) => nodes[from]!.top < y && nodes[to]!.top > y;
      gaps.push({ y, passing: edges.filter(passes).length });
    }
    bottom = Math.max(bottom ?? 0, node.top + node.height);
  }
  return gaps;
}
