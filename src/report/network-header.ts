import { errorColour } from './error-colour.js';
import { type ErrorScale, errorPosition, scaleTicks } from './error-scale.js';
import type { NetworkPlot } from './network-plot.js';
import { LETTER_WIDTH } from './plot-layout.js';
import { svgElement } from './svg-element.js';
import { frameGroup } from './svg-frames.js';
import { textAt } from './svg-text.js';

/** What stands above a network: its title, what it is of, what is shown now, and what the colours mean. In pixels. */
export interface NetworkHeader {
  readonly width: number;
  readonly height: number;
  readonly marks: readonly string[];
}

const LEFT = 6;
const FIRST_LINE = 18;
const LINE = 18;
const TITLE_SIZE = 15;
const BAR_WIDTH = 320;
const BAR_STEPS = 80;
const BAR_HEIGHT = 10;
/** Ticks nearer to each other than this would touch. */
const TICKS_APART = 34;
/** Below the bar stand its numbers. */
const SCALE_HEIGHT = 34;
const GAP_BELOW = 12;

/** Lays out what stands above a network. Pure. */
export function networkHeader(plot: NetworkPlot): NetworkHeader {
  const { title, subtitle, scale, frames } = plot;
  const moving = frames.length > 1 ? [''] : [];
  const lines = [subtitle, ...moving, ...keyLines(plot)];
  const letters = [title.length * 1.25, ...lines.map(({ length }) => length)];
  const scaleTop = FIRST_LINE + LINE * lines.length + 14;
  return {
    width: Math.max(...letters, scale === null ? 0 : (BAR_WIDTH + 80) / LETTER_WIDTH) * LETTER_WIDTH + LEFT,
    height: scaleTop + (scale === null ? 0 : SCALE_HEIGHT) + GAP_BELOW,
    marks: [
      textAt({ x: LEFT, y: FIRST_LINE }, title, { anchor: 'start', size: TITLE_SIZE, weight: 'bold' }),
      ...lines.map((text, at) =>
        textAt({ x: LEFT, y: FIRST_LINE + LINE * (at + 1) }, text, { anchor: 'start' }),
      ),
      ...frameLabels(plot, FIRST_LINE + LINE * 2),
      ...(scale === null ? [] : scaleMarks(scale, scaleTop)),
    ],
  };
}

function keyLines({ scale, split, style }: NetworkPlot): readonly string[] {
  const grey = 'grey: layers without a probe';
  const diode = style === 'diode' ? ['diodes: probes send no gradient back'] : [];
  return [scale === null ? grey : `error of each probe on ${split}; ${grey}`, ...diode];
}

function frameLabels({ frames }: NetworkPlot, y: number): readonly string[] {
  if (frames.length < 2) return [];
  return frames.map(({ label }, index) =>
    frameGroup({ index, of: frames.length }, [
      textAt({ x: LEFT, y }, label ?? '', { anchor: 'start', size: TITLE_SIZE, weight: 'bold' }),
    ]),
  );
}

/** A bar of all colours, from the palest at its left, with the errors they stand for below it. */
function scaleMarks(scale: ErrorScale, top: number): readonly string[] {
  const width = BAR_WIDTH / BAR_STEPS;
  const bar = Array.from({ length: BAR_STEPS }, (_, step) =>
    svgElement('rect', {
      ...{ x: LEFT + step * width, y: top, width, height: BAR_HEIGHT },
      fill: errorColour((step + 0.5) / BAR_STEPS),
    }),
  );
  const ticks = scaleTicks(scale, TICKS_APART / BAR_WIDTH).map((error) => {
    const x = LEFT + BAR_WIDTH * errorPosition(scale, error);
    return textAt({ x, y: top + 20 }, tickText(error), { anchor: error === scale.low ? 'start' : 'middle' });
  });
  const unit = scale.highIs === 'chance' ? '% (chance)' : '%';
  const end = textAt({ x: LEFT + BAR_WIDTH + 14, y: top + 20 }, unit, { anchor: 'start' });
  return [svgElement('g', { 'shape-rendering': 'crispEdges' }, bar), ...ticks, end];
}

/** An error in %, with two digits. */
function tickText(error: number): string {
  return String(Number((100 * error).toPrecision(2)));
}
