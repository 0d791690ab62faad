import { GREY } from './line-style.js';
import type { FoldedEdge } from './network-fold.js';
import { numberText, type Point, svgElement } from './svg-element.js';

/** An edge: its pieces, the lines between columns, and its head. */
export function edgeMark({ pieces, links, tip }: FoldedEdge): string {
  const base = pieces.at(-1)!.at(-1)!;
  const path = [...pieces.map(curvePath), ...links.map(linkPath)].join('');
  return [
    svgElement('path', { d: path, fill: 'none', stroke: GREY, 'stroke-width': 1.25 }),
    svgElement('path', { d: headPath(base, tip), fill: GREY }),
  ].join('');
}

function curvePath([start, ...points]: readonly Point[]): string {
  return `M${pointText(start!)}C${points.map(pointText).join(' ')}`;
}

/** A line around corners, which are rounded. */
function linkPath(corners: readonly Point[]): string {
  const turns = corners.slice(1, -1).map((corner, at) => {
    const [before, after] = [corners[at]!, corners[at + 2]!];
    return `L${pointText(towards(corner, before))}Q${pointText(corner)} ${pointText(towards(corner, after))}`;
  });
  return `M${pointText(corners[0]!)}${turns.join('')}L${pointText(corners.at(-1)!)}`;
}

/** The point a little way from a corner to another, and not past the middle. */
function towards(from: Point, to: Point): Point {
  const length = Math.hypot(to.x - from.x, to.y - from.y);
  const part = length === 0 ? 0 : Math.min(4, length / 2) / length;
  return { x: from.x + part * (to.x - from.x), y: from.y + part * (to.y - from.y) };
}

function headPath(base: Point, tip: Point): string {
  const [x, y] = [(tip.x - base.x) * 0.45, (tip.y - base.y) * 0.45];
  const [one, other] = [
    { x: base.x - y, y: base.y + x },
    { x: base.x + y, y: base.y - x },
  ];
  return `M${pointText(tip)}L${pointText(one)}L${pointText(other)}Z`;
}

function pointText({ x, y }: Point): string {
  return `${numberText(x)} ${numberText(y)}`;
}
