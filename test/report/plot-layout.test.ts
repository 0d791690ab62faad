import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { PlotReference } from '../../src/report/depth-plot.js';
import { errorByDepth } from '../../src/report/depth-plot.js';
import { layOutPlot, type PlotLayout } from '../../src/report/plot-layout.js';
import { COLUMN_WIDTH, PAGE_WIDTH } from '../../src/report/print-size.js';
import { chain, run } from './example-run.js';

function plotOf(taps: readonly string[]) {
  return errorByDepth(chain(taps), run(), 'class');
}

/** A plot with so many more lines across it. */
function withLines(taps: readonly string[], names: readonly string[]) {
  const plot = plotOf(taps);
  const [facet] = plot.facets;
  const [line] = facet!.references;
  const references = names.map((name): PlotReference => ({ ...line!, name }));
  return { ...plot, facets: [{ ...facet!, references }] };
}

function numbered(count: number, name = 'tap'): string[] {
  return Array.from({ length: count }, (_, at) => `${name}_${at}`);
}

function widthOf({ padding, panelWidth }: PlotLayout): number {
  return padding.left + panelWidth + padding.right;
}

describe('layOutPlot', () => {
  it('leaves room to the left for every rotated label, also in a wider typeface than reckoned with', () => {
    const taps = [
      'in',
      'conv2_block1_some_long_layer_out',
      ...Array.from({ length: 8 }, (_, at) => `t${at}`),
    ];
    const { padding, panelWidth, tapLabels } = layOutPlot(errorByDepth(chain(taps), run(), 'class'));
    const step = panelWidth / taps.length;
    for (const [place, label] of tapLabels.entries()) {
      const reach = label.length * 7.2 * Math.SQRT1_2 - (place + 0.5) * step;
      expect(padding.left).toBeGreaterThan(reach);
    }
  });

  it('fills a column of a paper where taps and lines are few, with the labels below', () => {
    fc.assert(
      fc.property(
        fc.array(fc.string({ minLength: 1, maxLength: 40 }), { minLength: 1, maxLength: 16 }),
        (taps) => {
          const layout = layOutPlot(plotOf([...new Set(taps)]));
          expect(widthOf(layout)).toBe(COLUMN_WIDTH);
          expect(layout.panelWidth).toBeGreaterThan(0.4 * COLUMN_WIDTH);
          for (const { y } of layout.lineLabels.flat()) {
            expect(y).toBeGreaterThan(layout.panelHeight + layout.axisTitleY);
            expect(y).toBeLessThan(layout.panelHeight + layout.padding.bottom);
          }
        },
      ),
    );
  });

  it('is never wider than a page, however many taps and however long their names', () => {
    fc.assert(
      fc.property(fc.nat(150), fc.nat(40), fc.nat(60), (taps, lines, letters) => {
        const plot = withLines(numbered(taps + 1, 'x'.repeat(letters)), numbered(lines, 'y'.repeat(letters)));
        const { padding, panelWidth, heading } = layOutPlot(plot);
        expect(widthOf({ padding, panelWidth } as PlotLayout)).toBeLessThanOrEqual(PAGE_WIDTH);
        expect(panelWidth).toBeGreaterThan(150);
        expect(Math.max(...heading.map(({ y }) => y))).toBeLessThan(padding.top);
      }),
      { numRuns: 25, examples: [[150, 40, 60]] },
    );
  });

  it('has labels below in columns that do not touch, from the highest line to the lowest', () => {
    const names = numbered(5, 'line');
    const [labels] = layOutPlot(withLines(['a', 'b'], names)).lineLabels;
    const places = labels!.map(({ x, y }) => `${x} ${y}`);
    expect(new Set(places).size).toBe(labels!.length);
    const columns = [...new Set(labels!.map(({ x }) => x))];
    expect(columns.length).toBeGreaterThan(1);
    for (const [at, x] of columns.slice(1).entries()) {
      const before = labels!.filter((label) => label.x === columns[at]);
      const longest = Math.max(...before.map(({ text }) => text.length));
      expect(x - columns[at]!).toBeGreaterThan(32 + 7.2 * longest);
    }
  });
});
