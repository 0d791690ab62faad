import { cutCurve } from './cut-curve.js';
import { cutsFor } from './network-cuts.js';
import type { NetworkLayout, PlacedNode } from './network-layout.js';
import type { Point } from './svg-element.js';

/** An edge in pieces, one for each column that it passes, with the lines that lead from one to the next. */
export interface FoldedEdge {
  readonly from: number;
  readonly to: number;
  /** Each a start, then three points for each cubic Bézier curve. */
  readonly pieces: readonly (readonly Point[])[];
  /** The corners of each line. */
  readonly links: readonly (readonly Point[])[];
  readonly tip: Point;
}

/** A network in columns that are read one after the other, each from top to bottom. In pixels. */
export interface FoldedNetwork {
  readonly width: number;
  readonly height: number;
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly FoldedEdge[];
}

/** A stretch of the layout that becomes a column, and how far it is moved. */
interface Column {
  readonly left: number;
  readonly right: number;
  readonly top: number;
  readonly bottom: number;
  readonly moved: Point;
}

/** An edge before it is moved. */
interface CutEdge {
  readonly from: number;
  readonly to: number;
  /** The column of the first piece. */
  readonly first: number;
  readonly pieces: readonly (readonly Point[])[];
  readonly tip: Point;
}

const MOST_COLUMNS = 16;
/** As wide as a figure over two columns of a paper may be for its letters to be read: 992 px at half a point each. */
const MOST_WIDTH = 980;
/** Width by height. A little taller than wide fits both a page and a screen. */
const ASPECT = 0.9;
/** What is no taller is not folded. */
const LOW = 420;

const GUTTER = 24;
const LINK_START = 8;
const LINK_STEP = 6;

/** Folds a tall layout into columns, as many as bring it nearest to the shape of a page. Pure. */
export function foldNetwork(layout: NetworkLayout): FoldedNetwork {
  const whole = fold(layout, []);
  if (whole.height <= LOW) return whole;
  const counts = Array.from({ length: MOST_COLUMNS - 1 }, (_, more) => more + 2);
  const foldings = [whole, ...counts.map((columns) => fold(layout, cutsFor(layout, columns)))];
  return foldings.reduce((best, folding) => (distance(folding) < distance(best) ? folding : best));
}

/** How far a folding is from the wanted shape. One that is too wide is worse than any that is not. */
function distance({ width, height }: FoldedNetwork): number {
  return Math.abs(Math.log(width / height / ASPECT)) + (width > MOST_WIDTH ? width : 0);
}

function fold(layout: NetworkLayout, cuts: readonly number[]): FoldedNetwork {
  const columnOf = ({ top, height }: PlacedNode) => cuts.filter((cut) => cut < top + height / 2).length;
  const edges = layout.edges.map(
    ({ from, to, curve, tip }): CutEdge => ({
      ...{ from, to, tip, first: columnOf(layout.nodes[from]!) },
      pieces: cutCurve(curve, cuts.slice(columnOf(layout.nodes[from]!), columnOf(layout.nodes[to]!))),
    }),
  );
  const passing = cuts.map((_, cut) =>
    edges.filter((edge) => passes(edge, cut)).sort((a, b) => exit(b, cut) - exit(a, cut)),
  );
  const columns = columnsOf(layout, cuts, { edges, passing, columnOf });
  const room = roomOf(passing);
  return {
    width: columns.at(-1)!.right + columns.at(-1)!.moved.x,
    height: columns.reduce((most, { bottom, moved }) => Math.max(most, bottom + moved.y), 0) + room,
    nodes: layout.nodes.map((node) => {
      const { x, y } = move({ x: node.left, y: node.top }, columns[columnOf(node)]!);
      return { ...node, left: x, top: y };
    }),
    edges: edges.map((edge) => foldedEdge(edge, columns, passing)),
  };
}

function passes({ first, pieces }: CutEdge, cut: number): boolean {
  return first <= cut && cut < first + pieces.length - 1;
}

/** Where an edge passes a cut. */
function exit({ first, pieces }: CutEdge, cut: number): number {
  return pieces[cut - first]!.at(-1)!.x;
}

/** The room above and below the columns for the lines between them. */
function roomOf(passing: readonly (readonly CutEdge[])[]): number {
  const most = passing.reduce((max, { length }) => Math.max(max, length), 0);
  return most === 0 ? 0 : LINK_START + LINK_STEP * most;
}

function columnsOf(
  { nodes }: NetworkLayout,
  cuts: readonly number[],
  folding: {
    readonly edges: readonly CutEdge[];
    readonly passing: readonly (readonly CutEdge[])[];
    readonly columnOf: (node: PlacedNode) => number;
  },
): readonly Column[] {
  const { edges, passing, columnOf } = folding;
  const room = roomOf(passing);
  const columns: Column[] = [];
  for (const at of Array.from({ length: cuts.length + 1 }, (_, index) => index)) {
    const own = nodes.filter((node) => columnOf(node) === at);
    const points = edges.flatMap(({ first, pieces }) => pieces[at - first] ?? []);
    const left = least([...own.map((node) => node.left), ...points.map(({ x }) => x)]);
    const right = -least([
      ...own.map((node) => -(node.left + node.width + node.side)),
      ...points.map(({ x }) => -x),
    ]);
    const bottom = cuts[at] ?? -least(nodes.map((node) => -(node.top + node.height)));
    const before = columns.at(-1);
    const start =
      before === undefined ? 0 : before.right + before.moved.x + GUTTER + LINK_STEP * passing[at - 1]!.length;
    const top = cuts[at - 1] ?? 0;
    columns.push({ left, right, top, bottom, moved: { x: start - left, y: room - top } });
  }
  return columns;
}

function least(values: readonly number[]): number {
  return values.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY);
}

function move({ x, y }: Point, { moved }: Column): Point {
  return { x: x + moved.x, y: y + moved.y };
}

function foldedEdge(
  { from, to, first, pieces, tip }: CutEdge,
  columns: readonly Column[],
  passing: readonly (readonly CutEdge[])[],
): FoldedEdge {
  const placed = pieces.map((piece, at) => piece.map((point) => move(point, columns[first + at]!)));
  const links = placed.slice(1).map((next, at) => {
    const side = passing[first + at]!;
    const rank = side.findIndex((edge) => edge.from === from && edge.to === to);
    const { left, moved } = columns[first + at + 1]!;
    return linkLine(placed[at]!.at(-1)!, next[0]!, { rank, of: side.length, start: left + moved.x });
  });
  return { from, to, pieces: placed, links, tip: move(tip, columns[first + pieces.length - 1]!) };
}

/** From below one column up beside it to above the next: lines of higher rank, which begin further left, lie outside. */
function linkLine(
  start: Point,
  end: Point,
  { rank, of, start: columnStart }: { readonly rank: number; readonly of: number; readonly start: number },
): readonly Point[] {
  const below = start.y + LINK_START + LINK_STEP * rank;
  const above = end.y - LINK_START - LINK_STEP * (of - 1 - rank);
  const between = columnStart - GUTTER / 2 - LINK_STEP * (of - 1 - rank);
  return [
    start,
    { x: start.x, y: below },
    { x: between, y: below },
    { x: between, y: above },
    { x: end.x, y: above },
    end,
  ];
}
