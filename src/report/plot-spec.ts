import type { Mark, Spec } from 'vega';
import type { DepthPlot, PlotFacet } from './depth-plot.js';
import { STEP_MARKS_Y, stepMarks } from './depth-step-marks.js';
import { GREY } from './line-style.js';
import { axisPixels, FONT_SIZE, KEY_GAP, layOutPlot, type PlotLayout } from './plot-layout.js';
import { FONT, labelMarks, referenceMarks, seriesMarks, textMark } from './plot-marks.js';

const X_TITLE = 'tap, from the input (left) to the output (right)';

/** The Vega specification of a plot: one panel below the other, with a common x axis. */
export function plotSpec(plot: DepthPlot): Spec {
  const layout = layOutPlot(plot);
  return {
    $schema: 'https://vega.github.io/schema/vega/v5.json',
    description: `${plot.title}: ${plot.subtitle}`,
    width: layout.panelWidth,
    height: (layout.panelTops.at(-1) ?? 0) + layout.panelHeight,
    padding: layout.padding,
    autosize: 'none',
    config: textConfig(),
    signals: [{ name: 'tapLabels', value: [...layout.tapLabels] }],
    scales: [
      xScale(plot, layout),
      { name: 'y', type: 'linear', domain: [0, layout.yMax], range: [layout.panelHeight, 0] },
    ],
    marks: [
      ...titleMarks(plot, layout),
      ...plot.facets.map((facet, index) => panel(plot, layout, { facet, index })),
    ],
  };
}

/** The taps side by side, or places where the axis has them: a linear scale in pieces from place to pixel. */
function xScale({ taps, axis }: DepthPlot, { panelWidth }: PlotLayout): NonNullable<Spec['scales']>[number] {
  const domain = taps.map((_, index) => index);
  if (axis === undefined) return { name: 'x', type: 'point', domain, range: 'width', padding: 0.5 };
  return { name: 'x', type: 'linear', domain, range: axisPixels(axis, panelWidth), zero: false };
}

function titleMarks(plot: DepthPlot, layout: PlotLayout): readonly Mark[] {
  const { left, top, bottom } = layout.padding;
  const x = 6 - left;
  const below = (layout.panelTops.at(-1) ?? 0) + layout.panelHeight + bottom - 12;
  return [
    textMark({ x, y: 20 - top, text: plot.title, size: 15, weight: 'bold' }),
    textMark({ x, y: 38 - top, text: plot.subtitle }),
    ...plot.key.map((text, at) => textMark({ x, y: 54 + at * KEY_GAP - top, text })),
    textMark({ x: layout.panelWidth / 2, y: below, text: plot.axis?.title ?? X_TITLE, align: 'center' }),
  ];
}

function textConfig(): NonNullable<Spec['config']> {
  const size = FONT_SIZE;
  return {
    axis: {
      labelFont: FONT,
      labelFontSize: size,
      labelColor: GREY,
      labelLimit: 0,
      titleFont: FONT,
      titleFontSize: size,
      titleFontWeight: 'normal',
      titleColor: GREY,
      domainColor: GREY,
      tickColor: GREY,
      gridColor: GREY,
      gridOpacity: 0.2,
    },
  };
}

function panel(
  plot: DepthPlot,
  layout: PlotLayout,
  { facet, index }: { facet: PlotFacet; index: number },
): Mark {
  return {
    type: 'group',
    encode: {
      enter: {
        y: { value: layout.panelTops[index]! },
        width: { value: layout.panelWidth },
        height: { value: layout.panelHeight },
      },
    },
    axes: [yAxis(plot, layout), xAxis(layout, { isLast: index === plot.facets.length - 1 })],
    marks: [
      ...(facet.title === null
        ? []
        : [textMark({ x: 0, y: titleY(facet), text: facet.title, weight: 'bold' })]),
      ...facet.references.flatMap((reference) => referenceMarks(reference, plot)),
      ...stepMarks(facet.steps, plot, layout.markerArea),
      ...facet.series.flatMap((series) => seriesMarks(series, plot, layout.markerArea)),
      ...layout.lineLabels[index]!.flatMap((label) => labelMarks(label, layout.panelWidth)),
    ],
  };
}

/** A panel's title stands above the marks of its steps. */
function titleY({ steps }: PlotFacet): number {
  return steps.length === 0 ? -12 : STEP_MARKS_Y - 16;
}

type Axis = NonNullable<Spec['axes']>[number];

function yAxis(plot: DepthPlot, layout: PlotLayout): Axis {
  const title = plot.yTitle;
  return { orient: 'left', scale: 'y', title, values: [...layout.yTicks], grid: true, titlePadding: 10 };
}

function xAxis(layout: PlotLayout, { isLast }: { isLast: boolean }): Axis {
  const rotated = layout.tapLabelsAreRotated;
  return {
    orient: 'bottom',
    scale: 'x',
    values: [...layout.shownTaps],
    labels: isLast,
    encode: {
      labels: {
        update: {
          text: { signal: 'tapLabels[datum.value]' },
          ...(rotated
            ? { angle: { value: -45 }, align: { value: 'right' }, baseline: { value: 'middle' } }
            : {}),
        },
      },
    },
  };
}
