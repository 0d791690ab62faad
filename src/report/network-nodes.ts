import { textColour } from './confusion-colour.js';
import { scaleColour } from './error-scale.js';
import { escapeHtml } from './escape-html.js';
import { GREY } from './line-style.js';
import type { NetworkNode } from './network-graph.js';
import type { NodeSize, PlacedNode } from './network-layout.js';
import type { NetworkFrame, NetworkPlot } from './network-plot.js';
import { errorText, layersText, nodeTitle } from './network-texts.js';
import { LETTER_WIDTH } from './plot-layout.js';
import { shortened } from './shortened.js';
import { numberText, type Point, type SvgAttributes, svgElement } from './svg-element.js';
import { frameGroup } from './svg-frames.js';
import { textAt } from './svg-text.js';

const MOST_LETTERS = 18;
/** Heights of a node with two lines of text, with one, and of layers without a probe. */
const TALL = 36;
const FLAT = 24;
const LOW = 18;

const INK = '#1f2328';
const WHITE = '#ffffff';
const PLACE_OF_PROBE = '#dbeafe';
const PALE = '#f2f4f6';
const PALE_LINE = '#c8cdd2';
const PALE_INK = '#59636e';

/** The length of a wire from a tap to its probe, and the size of the diode on it. */
const WIRE = 38;
const DIODE = 9;

const PROBE = 'probe';

/** How large a node is drawn: as wide as its texts in every frame. */
export function sizeOf(node: NetworkNode, plot: NetworkPlot): NodeSize {
  if (node.kind === 'layers') return { width: widthFor(layersLabel(node)), height: LOW, side: 0 };
  const name = shortened(node.tap.name, MOST_LETTERS);
  const values = plot.frames.map(({ values }) => errorText(values.get(node.tap.name), plot.split));
  const ownWidth = Math.max(48, widthFor(name));
  const valueWidth = Math.max(48, ...(values.length === 0 ? [PROBE] : values).map(widthFor));
  if (plot.style === 'diode') return { width: ownWidth, height: FLAT, side: WIRE + valueWidth };
  return values.length === 0
    ? { width: ownWidth, height: FLAT, side: 0 }
    : { width: Math.max(ownWidth, valueWidth), height: TALL, side: 0 };
}

function widthFor(text: string): number {
  return Math.ceil(text.length * LETTER_WIDTH) + 12;
}

function layersLabel({ taps }: Extract<NetworkNode, { kind: 'layers' }>): string {
  return shortened(layersText(taps), MOST_LETTERS);
}

/** A node with its title. One with a probe carries the tap's name as `data-tap`, for the page's script. */
export function nodeMark(node: NetworkNode, place: PlacedNode, plot: NetworkPlot): string {
  const title = svgElement('title', {}, [escapeHtml(nodeTitle(node, plot))]);
  if (node.kind === 'probed') {
    return svgElement('g', { 'data-tap': node.tap.name }, [
      title,
      ...probedMarks(node.tap.name, place, plot),
    ]);
  }
  const box = boxMark(place, { rx: LOW / 2, fill: PALE, stroke: PALE_LINE });
  return svgElement('g', {}, [title, box, textAt(middleOf(place), layersLabel(node), { fill: PALE_INK })]);
}

/** What stays, and above it what each frame shows. */
function probedMarks(tap: string, place: PlacedNode, plot: NetworkPlot): readonly string[] {
  const { frames, style } = plot;
  const fill = style === 'diode' ? WHITE : PLACE_OF_PROBE;
  const own = [boxMark(place, { rx: 4, fill, stroke: INK }), nameText(tap, middleOf(place), INK)];
  if (frames.length === 0)
    return style === 'diode' ? [...own, ...diodeMarks(place, { fill: WHITE, text: PROBE })] : own;
  const shown = frames.map((frame, index) =>
    frameGroup({ index, of: frames.length }, valueMarks(tap, place, { plot, frame })),
  );
  return style === 'diode' ? [...own, ...shown] : shown;
}

function valueMarks(
  tap: string,
  place: PlacedNode,
  { plot, frame }: { readonly plot: NetworkPlot; readonly frame: NetworkFrame },
): readonly string[] {
  const { split, scale, style } = plot;
  const row = frame.values.get(tap);
  const error = row?.[split]?.error;
  const fill = error === undefined || scale === null ? PALE : scaleColour(scale, error);
  const text = errorText(row, split);
  if (style === 'diode') return diodeMarks(place, { fill, text });
  const { x, y } = middleOf(place);
  const dashes = row?.converged === false ? '4 2' : undefined;
  return [
    boxMark(place, { rx: 4, fill, stroke: INK, 'stroke-width': 0.75, 'stroke-dasharray': dashes }),
    nameText(tap, { x, y: y - 8 }, textColour(fill)),
    textAt({ x, y: y + 8 }, text, { fill: textColour(fill), weight: 'bold' }),
  ];
}

/** A wire from the tap to its probe through a diode, a triangle and a bar as in electrical engineering (Figure 7). */
function diodeMarks(
  place: PlacedNode,
  { fill, text }: { readonly fill: string; readonly text: string },
): readonly string[] {
  const y = numberText(place.top + place.height / 2);
  const start = place.left + place.width;
  const end = start + WIRE;
  const bar = numberText(start + WIRE / 2 + DIODE / 2);
  const back = numberText(start + WIRE / 2 - DIODE / 2);
  const probe = { ...place, left: end, width: place.side - WIRE };
  return [
    svgElement('path', { d: `M${numberText(start)} ${y}H${numberText(end)}`, stroke: GREY, fill: 'none' }),
    svgElement('path', { d: `M${back} ${y}v-6l${DIODE} 6l-${DIODE} 6Z`, fill: GREY }),
    svgElement('path', { d: `M${bar} ${y}m0 -6v12`, stroke: GREY, 'stroke-width': 1.5, fill: 'none' }),
    boxMark(probe, { rx: place.height / 2, fill, stroke: INK, 'stroke-width': 0.75 }),
    textAt(middleOf(probe), text, { fill: textColour(fill), weight: 'bold' }),
  ];
}

function middleOf({ left, top, width, height }: PlacedNode): Point {
  return { x: left + width / 2, y: top + height / 2 };
}

function boxMark({ left, top, width, height }: PlacedNode, attributes: SvgAttributes): string {
  return svgElement('rect', { x: left, y: top, width, height, ...attributes });
}

function nameText(tap: string, at: Point, fill: string): string {
  return textAt(at, shortened(tap, MOST_LETTERS), { fill });
}
