import type { Data, Mark, Spec } from 'vega';
import { classScores } from '../probe/confusion.js';
import { cellColour, GROUND, textColour } from './confusion-colour.js';
import { type ConfusionLayout, ERROR_WIDTH, layOutConfusion } from './confusion-layout.js';
import { type ConfusionPlot, cellShares } from './confusion-plot.js';
import { percentText } from './number-text.js';
import { FONT_SIZE } from './plot-layout.js';
import { cellTextMark, type PlotText, rectMark, textMark } from './plot-marks.js';

/** Cells of larger matrices are not named to screen readers, which have the CSV. */
const MOST_DESCRIBED_CLASSES = 40;

/** The shares that the colours are explained by. */
const KEY_SHARES = [0.01, 0.05, 0.25, 1] as const;

/** The Vega specification of a confusion matrix: true classes downwards, predicted ones to the right. */
export function confusionSpec(plot: ConfusionPlot): Spec {
  const layout = layOutConfusion(plot);
  return {
    $schema: 'https://vega.github.io/schema/vega/v5.json',
    description: `${plot.title}: ${plot.subtitle}`,
    width: layout.side,
    height: layout.side,
    padding: layout.padding,
    autosize: 'none',
    data: [cellData(plot, layout)],
    marks: [
      ...headingMarks(plot, layout),
      ...groundMarks(layout),
      cellMark(plot, layout),
      ...(layout.showsCounts
        ? [cellTextMark({ width: layout.cell, height: layout.cell, fontSize: FONT_SIZE })]
        : []),
      ...nameMarks(layout),
      ...errorMarks(plot, layout),
    ],
  };
}

function cellData({ confusion }: ConfusionPlot, { cell }: ConfusionLayout): Data {
  const { classes } = confusion;
  const values = cellShares(confusion).map(({ truth, predicted, count, share }) => {
    const fill = cellColour(share, truth === predicted);
    return {
      ...{ x: predicted * cell, y: truth * cell, fill, text: String(count), textFill: textColour(fill) },
      description: `${classes[truth]} taken for ${classes[predicted]}: ${count}, ${(100 * share).toFixed(1)} %`,
    };
  });
  return { name: 'cells', values };
}

function headingMarks(plot: ConfusionPlot, { padding, side }: ConfusionLayout): readonly Mark[] {
  const x = 6 - padding.left;
  return [
    textMark({ x, y: 20 - padding.top, text: plot.title, size: 15, weight: 'bold' }),
    textMark({ x, y: 38 - padding.top, text: plot.subtitle }),
    ...keyMarks({ x, y: 62 - padding.top }),
    textMark({ x: side / 2, y: side + padding.bottom - 12, text: 'predicted class', align: 'center' }),
    textMark({ x: x + 8, y: side / 2, text: 'true class', align: 'center', angle: -90 }),
  ];
}

/** What the colours mean: `right [1 %][5 %][25 %][100 %]  wrong [...] of the true class`. */
function keyMarks({ x, y }: { x: number; y: number }): readonly Mark[] {
  const swatch = 38;
  const scale = (start: number, isRight: boolean) =>
    KEY_SHARES.flatMap((share, at) => {
      const fill = cellColour(share, isRight);
      const left = start + at * swatch;
      const middle = {
        x: left + swatch / 2,
        y,
        text: `${100 * share} %`,
        size: 11,
        align: 'center',
      } as const;
      return [
        rectMark({ x: left, y: y - 9, width: swatch, height: 18, fill }),
        textMark({ ...middle, fill: textColour(fill) }),
      ];
    });
  return [
    textMark({ x, y, text: 'right' }),
    ...scale(x + 34, true),
    textMark({ x: x + 196, y, text: 'wrong' }),
    ...scale(x + 238, false),
    textMark({ x: x + 398, y, text: 'of its row' }),
  ];
}

/** The ground, with lines between its cells. */
function groundMarks({ side, cell, names }: ConfusionLayout): readonly Mark[] {
  const line = (at: number, across: 'x' | 'y'): Mark => ({
    type: 'rule',
    aria: false,
    encode: {
      enter: {
        [across]: { value: at * cell },
        [across === 'x' ? 'y' : 'x']: { value: 0 },
        [across === 'x' ? 'y2' : 'x2']: { value: side },
        stroke: { value: '#ffffff' },
        strokeWidth: { value: cell < 16 ? 0.5 : 1 },
      },
    },
  });
  const lines = names.slice(1).flatMap((_, at) => [line(at + 1, 'x'), line(at + 1, 'y')]);
  return [rectMark({ x: 0, y: 0, width: side, height: side, fill: GROUND }), ...lines];
}

function cellMark({ confusion }: ConfusionPlot, { cell }: ConfusionLayout): Mark {
  const size = { value: cell - (cell < 16 ? 0.5 : 1) };
  return {
    type: 'rect',
    from: { data: 'cells' },
    aria: confusion.classes.length <= MOST_DESCRIBED_CLASSES,
    encode: {
      enter: {
        x: { field: 'x' },
        y: { field: 'y' },
        width: size,
        height: size,
        fill: { field: 'fill' },
        description: { field: 'description' },
      },
    },
  };
}

function nameMarks({ names, cell, side, fontSize, namesAreUpright }: ConfusionLayout): readonly Mark[] {
  const middle = (at: number) => (at + 0.5) * cell;
  const rows = names.map((text, at): PlotText => ({ x: -7, y: middle(at), text, align: 'right' }));
  const columns = names.map(
    (text, at): PlotText =>
      namesAreUpright
        ? { x: middle(at), y: side + 7, text, align: 'right', angle: -90 }
        : { x: middle(at), y: side + 7 + fontSize / 2, text, align: 'center' },
  );
  return [...rows, ...columns].map((text) => textMark({ ...text, size: fontSize }));
}

/** The error of each class, to the right of its row. */
function errorMarks({ confusion }: ConfusionPlot, layout: ConfusionLayout): readonly Mark[] {
  const { cell, side, fontSize } = layout;
  const x = side + ERROR_WIDTH;
  const errors = classScores(confusion).map(({ error, samples }, at) => {
    const text = error === null ? '-' : `${percentText(error, samples)} %`;
    return textMark({ x, y: (at + 0.5) * cell, text, size: fontSize, align: 'right' });
  });
  return [textMark({ x, y: -12, text: 'error', align: 'right' }), ...errors];
}
