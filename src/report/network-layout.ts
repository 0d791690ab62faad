import { Graphviz } from '@hpcc-js/wasm-graphviz';
import { z } from 'zod';
import type { NetworkEdge } from './network-graph.js';
import type { Point } from './svg-element.js';

/** The size of a node in pixels. Edges end at its left part, `width` wide; `side` pixels more are kept free at its right. */
export interface NodeSize {
  readonly width: number;
  readonly height: number;
  readonly side: number;
}

/** A node's place: its size, the top left corner and the middle of the part where edges end. */
export interface PlacedNode extends NodeSize {
  readonly left: number;
  readonly top: number;
}

/** An edge's way: a start, then three points for each cubic Bézier curve, the last of them where the arrow head begins. */
export interface PlacedEdge extends NetworkEdge {
  readonly curve: readonly Point[];
  readonly tip: Point;
}

/** A network laid out from top to bottom. */
export interface NetworkLayout {
  readonly nodes: readonly PlacedNode[];
  readonly edges: readonly PlacedEdge[];
}

const POINTS_PER_INCH = 72;

const layoutSchema = z.object({
  objects: z.array(z.object({ name: z.string(), pos: z.string() })).default([]),
  edges: z.array(z.object({ tail: z.number(), head: z.number(), pos: z.string() })).default([]),
});

/**
 * Lays a network out with Graphviz (dot), from top to bottom. Equal networks give equal layouts: Graphviz runs as
 * WebAssembly, whose arithmetic is the same everywhere.
 */
export async function layOutNetwork(
  sizes: readonly NodeSize[],
  edges: readonly NetworkEdge[],
): Promise<NetworkLayout> {
  const graphviz = await Graphviz.load();
  const json = graphviz.layout(dotText(sizes, edges), 'json', 'dot', { yInvert: true });
  const laidOut = layoutSchema.parse(JSON.parse(json));
  const order = laidOut.objects.map(({ name }) => Number(name));
  const nodes: PlacedNode[] = new Array(sizes.length);
  for (const [at, { pos }] of laidOut.objects.entries()) nodes[order[at]!] = placed(pos, sizes[order[at]!]!);
  return {
    nodes,
    edges: laidOut.edges.map(({ tail, head, pos }) => ({
      from: order[tail]!,
      to: order[head]!,
      ...wayOf(pos),
    })),
  };
}

/** The graph in Graphviz's language: nodes are called by number, so nothing of the user's is in it. */
function dotText(sizes: readonly NodeSize[], edges: readonly NetworkEdge[]): string {
  return [
    'digraph {',
    'graph [rankdir=TB, nodesep=0.2, ranksep=0.25, splines=true]',
    'node [shape=box, fixedsize=true, label=""]',
    'edge [arrowsize=0.5]',
    ...sizes.map((size, node) => `${node} [${size.side === 0 ? boxText(size) : tableText(size)}]`),
    ...edges.map(({ from, to }) => `${from}${portAt(sizes[from]!, 's')} -> ${to}${portAt(sizes[to]!, 'n')}`),
    '}',
  ].join('\n');
}

function boxText({ width, height }: NodeSize): string {
  return `width=${width / POINTS_PER_INCH}, height=${height / POINTS_PER_INCH}`;
}

/** A node of two cells, of which edges end at the first. */
function tableText({ width, height, side }: NodeSize): string {
  const cell = (length: number, port: string) =>
    `<td fixedsize="true" width="${length}" height="${height}"${port}></td>`;
  const table = '<table border="0" cellborder="0" cellspacing="0" cellpadding="0">';
  return `shape=plain, fixedsize=false, label=<${table}<tr>${cell(width, ' port="tap"')}${cell(side, '')}</tr></table>>`;
}

function portAt({ side }: NodeSize, compass: 'n' | 's'): string {
  return side === 0 ? '' : `:tap:${compass}`;
}

function placed(pos: string, size: NodeSize): PlacedNode {
  const { x, y } = pointOf(pos);
  return { ...size, left: x - (size.width + size.side) / 2, top: y - size.height / 2 };
}

/** Graphviz writes `e,TIP START POINT POINT POINT ...`. */
function wayOf(pos: string): { curve: readonly Point[]; tip: Point } {
  const [tip = '', ...curve] = pos.replace(/^e,/, '').split(' ');
  return { tip: pointOf(tip), curve: curve.map(pointOf) };
}

function pointOf(text: string): Point {
  const [x = Number.NaN, y = Number.NaN] = text.split(',').map(Number);
  return { x, y };
}
