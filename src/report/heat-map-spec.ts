import type { Data, Mark, Spec } from 'vega';
import { GROUND, textColour } from './confusion-colour.js';
import { errorColour } from './error-colour.js';
import { cellText, type HeatMap, shareOfChance } from './heat-map.js';
import {
  COLUMNS_TITLE_TOP,
  type HeatMapLayout,
  KEY_LEFT,
  layOutHeatMap,
  SCALE_TOP,
  SCALE_WIDTH,
} from './heat-map-layout.js';
import { FONT_SIZE } from './plot-layout.js';
import { cellTextMark, type PlotText, rectMark, textMark } from './plot-marks.js';

const FRAME = { width: 1.5, inset: 3 } as const;

/** The Vega specification of a heat map: taps downwards from the input, values printed in their cells. */
export function heatMapSpec(map: HeatMap): Spec {
  const layout = layOutHeatMap(map);
  return {
    $schema: 'https://vega.github.io/schema/vega/v5.json',
    description: `${map.title}: ${map.subtitle}`,
    width: layout.width,
    height: layout.height,
    padding: layout.padding,
    autosize: 'none',
    data: [cellData(map, layout)],
    marks: [
      ...headingMarks(map, layout),
      rectMark({ x: 0, y: 0, width: layout.width, height: layout.height, fill: GROUND }),
      cellMark(layout),
      frameMark(layout),
      cellTextMark({ width: layout.cellWidth, height: layout.cellHeight, fontSize: layout.fontSize }),
      ...nameMarks(layout),
    ],
  };
}

function cellData(map: HeatMap, { cellWidth, cellHeight }: HeatMapLayout): Data {
  const values = map.cells.map((cell) => {
    const fill = errorColour(shareOfChance(cell));
    const text = cellText(cell);
    const [low, high] = [cell.interval.low, cell.interval.high].map((end) => (100 * end).toFixed(1));
    const error = `${(100 * cell.error).toFixed(1)} % (${low} to ${high})`;
    return {
      ...{ x: cell.column * cellWidth, y: cell.row * cellHeight, fill, text, textFill: textColour(fill) },
      frame: cell.framed ? FRAME.width : 0,
      description:
        `${map.rows[cell.row]}, ${map.columnsTitle} ${map.columns[cell.column]}: error ${error}, ` +
        `${text.replace('*', '')} % of chance${cell.converged ? '' : ', not converged'}` +
        `${cell.framed ? ', selected' : ''}`,
    };
  });
  return { name: 'cells', values };
}

function headingMarks(map: HeatMap, { padding, width }: HeatMapLayout): readonly Mark[] {
  const x = 6 - padding.left;
  const y = (fromTop: number) => fromTop - padding.top;
  return [
    textMark({ x, y: y(20), text: map.title, size: 15, weight: 'bold' }),
    textMark({ x, y: y(38), text: map.subtitle }),
    ...scaleMarks({ x, y: y(SCALE_TOP) }),
    textMark({ x: x + KEY_LEFT, y: y(SCALE_TOP + 6), text: map.key }),
    textMark({ x: width / 2, y: y(COLUMNS_TITLE_TOP), text: map.columnsTitle, align: 'center' }),
  ];
}

/** What the colours mean, from no error to chance. */
function scaleMarks({ x, y }: { x: number; y: number }): readonly Mark[] {
  const pieces = 50;
  const width = SCALE_WIDTH / pieces;
  const colours = Array.from({ length: pieces }, (_, at) =>
    rectMark({
      x: x + at * width,
      y,
      width: width + 0.5,
      height: 12,
      fill: errorColour((at + 0.5) / pieces),
    }),
  );
  const ticks = [0, 25, 50, 75, 100].map((percent) =>
    textMark({
      x: x + (percent / 100) * SCALE_WIDTH,
      y: y + 20,
      text: percent === 100 ? '100 %' : String(percent),
      size: 11,
      align: percent === 0 ? 'left' : 'center',
    }),
  );
  return [...colours, ...ticks];
}

function cellMark({ cellWidth, cellHeight }: HeatMapLayout): Mark {
  return {
    type: 'rect',
    from: { data: 'cells' },
    encode: {
      enter: {
        x: { field: 'x', offset: 0.5 },
        y: { field: 'y', offset: 0.5 },
        width: { value: cellWidth - 1 },
        height: { value: cellHeight - 1 },
        fill: { field: 'fill' },
        description: { field: 'description' },
      },
    },
  };
}

/** A frame within each cell that has one, in the colour of its text: it stands out from the gaps between cells. */
function frameMark({ cellWidth, cellHeight }: HeatMapLayout): Mark {
  return {
    type: 'rect',
    from: { data: 'cells' },
    aria: false,
    encode: {
      enter: {
        x: { field: 'x', offset: FRAME.inset },
        y: { field: 'y', offset: FRAME.inset },
        width: { value: cellWidth - 2 * FRAME.inset },
        height: { value: cellHeight - 2 * FRAME.inset },
        stroke: { field: 'textFill' },
        strokeWidth: { field: 'frame' },
      },
    },
  };
}

function nameMarks({ rowNames, columnNames, ...layout }: HeatMapLayout): readonly Mark[] {
  const { cellWidth, cellHeight, fontSize, namesAreUpright } = layout;
  const rows = rowNames.map(
    (text, at): PlotText => ({ x: -7, y: (at + 0.5) * cellHeight, text, align: 'right', size: fontSize }),
  );
  const columns = columnNames.map((text, at): PlotText => {
    const x = (at + 0.5) * cellWidth;
    return namesAreUpright
      ? { x, y: -7, text, align: 'left', angle: -90 }
      : { x, y: -7 - FONT_SIZE / 2, text, align: 'center' };
  });
  return [...rows, ...columns].map(textMark);
}
