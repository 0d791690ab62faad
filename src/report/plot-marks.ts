import type { Mark, NumericValueRef } from 'vega';
import type { DepthPlot, PlotPoint, PlotReference, PlotSeries } from './depth-plot.js';
import { GREY, type LineStyle } from './line-style.js';
import { FONT_SIZE, type LineLabel } from './plot-layout.js';
import type { PlotValue } from './plot-values.js';

/** The typefaces of a plot, by what machines have. */
export const FONT = 'Helvetica, Arial, sans-serif';

const KEY_START = 12;
const KEY_LENGTH = 26;
const KEY_MARKER_AREA = 36;

/** The text in the middle of each of a matrix's cells, which lie in the data set `cells`. */
export function cellTextMark(cell: {
  readonly width: number;
  readonly height: number;
  readonly fontSize: number;
}): Mark {
  return {
    type: 'text',
    from: { data: 'cells' },
    aria: false,
    encode: {
      enter: {
        x: { field: 'x', offset: cell.width / 2 },
        y: { field: 'y', offset: cell.height / 2 },
        text: { field: 'text' },
        align: { value: 'center' },
        baseline: { value: 'middle' },
        font: { value: FONT },
        fontSize: { value: cell.fontSize },
        fill: { field: 'textFill' },
      },
    },
  };
}

/** A line through the taps with a marker at each; every marker is named for screen readers. */
export function seriesMarks(series: PlotSeries, plot: DepthPlot, markerArea: number): readonly Mark[] {
  const positions = new Map(plot.taps.map(({ name }, position) => [name, position]));
  const values = series.points.map((point) => ({
    ...point,
    x: positions.get(point.tap)!,
    low: point.interval?.low ?? point.y,
    high: point.interval?.high ?? point.y,
    description: `${point.tap}, ${series.name}: ${pointText(point, plot)}`,
  }));
  const at = { x: { scale: 'x', field: 'x' }, y: { scale: 'y', field: 'y' } };
  const data = { name: 'points', values };
  const line: Mark = {
    type: 'line',
    from: { data: 'points' },
    encode: { enter: { ...at, ...stroke(series.style), description: { value: series.name } } },
  };
  const markers: Mark = {
    type: 'symbol',
    from: { data: 'points' },
    encode: {
      enter: {
        ...at,
        ...marker(series.style, markerArea),
        fillOpacity: { signal: 'datum.converged ? 1 : 0' },
        stroke: { value: series.style.colour },
        description: { field: 'description' },
      },
    },
  };
  const symbols = series.style.marker === null ? [] : [markers];
  return [{ type: 'group', data: [data], marks: [...intervalMarks(series), line, ...symbols] }];
}

function intervalMarks(series: PlotSeries): readonly Mark[] {
  if (series.points.every(({ interval }) => interval === null)) return [];
  return series.intervals === 'band' ? [intervalBand(series)] : intervalBars(series);
}

/** A pale band around a line, as wide as the intervals of its points. */
function intervalBand({ style }: PlotSeries): Mark {
  const area: Mark = {
    type: 'area',
    from: { data: 'points' },
    encode: {
      enter: {
        x: { scale: 'x', field: 'x' },
        y: { scale: 'y', field: 'low' },
        y2: { scale: 'y', field: 'high' },
        fill: { value: style.colour },
        fillOpacity: { value: 0.2 },
      },
    },
  };
  return { ...area, aria: false };
}

/** A pale bar behind each point that has an interval. */
function intervalBars({ style }: PlotSeries): readonly Mark[] {
  const bar: Mark = {
    type: 'rule',
    from: { data: 'points' },
    encode: {
      enter: {
        x: { scale: 'x', field: 'x', offset: style.barShift ?? 0 },
        y: { scale: 'y', field: 'low' },
        y2: { scale: 'y', field: 'high' },
        stroke: { value: style.colour },
        strokeWidth: { value: 2 },
        strokeOpacity: { value: 0.6 },
      },
    },
  };
  return [{ ...bar, aria: false }];
}

function pointText({ converged, ...value }: PlotPoint, plot: DepthPlot): string {
  return `${valueText(value, plot)}${converged ? '' : ', not converged'}`;
}

function valueText({ y, interval }: PlotValue, { decimals, unit }: DepthPlot): string {
  const text = (value: number) => value.toFixed(decimals);
  const ends = interval === null ? '' : ` (${text(interval.low)} to ${text(interval.high)})`;
  return `${text(y)}${unit}${ends}`;
}

/** A horizontal line across the panel, on a pale band where it has an interval. */
export function referenceMarks(reference: PlotReference, plot: DepthPlot): readonly Mark[] {
  const { name, y, interval, style } = reference;
  const across = { x: { value: 0 }, x2: { signal: 'width' } };
  const line: Mark = {
    type: 'rule',
    encode: {
      enter: {
        ...across,
        y: { scale: 'y', value: y },
        description: { value: `${name}: ${valueText({ y, interval }, plot)}` },
        ...stroke(style),
      },
    },
  };
  if (interval === null) return [line];
  const band: Mark = {
    type: 'rect',
    aria: false,
    encode: {
      enter: {
        ...across,
        y: { scale: 'y', value: interval.low },
        y2: { scale: 'y', value: interval.high },
        fill: { value: style.colour },
        fillOpacity: { value: 0.15 },
      },
    },
  };
  return [band, line];
}

/** The label of a line in the right margin: a piece of the line, its marker, its name and last value. */
export function labelMarks({ line, text, y }: LineLabel, panelWidth: number): readonly Mark[] {
  const start = panelWidth + KEY_START;
  const key: Mark = {
    type: 'rule',
    encode: { enter: { ...keySpan(start, y), ...stroke(line.style) } },
  };
  const name = textMark({ x: start + KEY_LENGTH + 6, y, text });
  if (line.style.marker === null) return [key, name];
  const middle = { x: { value: start + KEY_LENGTH / 2 }, y: { value: y } };
  return [
    key,
    { type: 'symbol', encode: { enter: { ...middle, ...marker(line.style, KEY_MARKER_AREA) } } },
    name,
  ];
}

/** What a text says and where, in pixels from the panel's top left; `y` is its middle. */
export interface PlotText {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly size?: number;
  readonly weight?: 'normal' | 'bold';
  readonly align?: 'left' | 'center' | 'right';
  /** Degrees clockwise. */
  readonly angle?: number;
  /** Its colour: grey unless it stands on a colour of its own. */
  readonly fill?: string;
}

/** A line of text. */
export function textMark(options: PlotText): Mark {
  const { x, y, text, size = FONT_SIZE, weight = 'normal' } = options;
  const { align = 'left', angle = 0, fill = GREY } = options;
  return {
    type: 'text',
    encode: {
      enter: {
        x: { value: x },
        y: { value: y },
        text: { value: text },
        align: { value: align },
        baseline: { value: 'middle' },
        font: { value: FONT },
        fontSize: { value: size },
        fontWeight: { value: weight },
        angle: { value: angle },
        fill: { value: fill },
      },
    },
  };
}

/** A filled rectangle that says nothing to screen readers. */
export function rectMark(rect: { x: number; y: number; width: number; height: number; fill: string }): Mark {
  const enter = Object.fromEntries(Object.entries(rect).map(([name, value]) => [name, { value }]));
  return { type: 'rect', aria: false, encode: { enter } };
}

type Numbers = Readonly<Record<string, NumericValueRef>>;

function keySpan(start: number, y: number): Numbers {
  return { x: { value: start }, x2: { value: start + KEY_LENGTH }, y: { value: y } };
}

function stroke({ colour, width, dash }: LineStyle) {
  return { stroke: { value: colour }, strokeWidth: { value: width }, strokeDash: { value: [...dash] } };
}

function marker({ colour, marker }: LineStyle, area: number) {
  return { shape: { value: marker ?? 'circle' }, size: { value: area }, fill: { value: colour } };
}
