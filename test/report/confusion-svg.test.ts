import { describe, expect, it } from 'vitest';
import type { Confusion } from '../../src/probe/confusion.js';
import { cellColour, textColour } from '../../src/report/confusion-colour.js';
import { layOutConfusion } from '../../src/report/confusion-layout.js';
import { confusionCsv, confusionPlot, probesShown } from '../../src/report/confusion-plot.js';
import { confusionSvg } from '../../src/report/confusion-svg.js';
import { PAGE_WIDTH } from '../../src/report/print-size.js';
import { labelSet, measurement, metrics, run } from './example-run.js';
import { elementsOf } from './xml-elements.js';

function confusion(classes: readonly string[]): Confusion {
  const last = classes.length - 1;
  return {
    ...{ tap: 'add_1', reduction: 'average-pool', labelSet: 'class', split: 'test', classes },
    cells: [
      { truth: 0, predicted: 0, count: 30 },
      { truth: 0, predicted: last, count: 10 },
      { truth: last, predicted: last, count: 7 },
    ],
  };
}

function plotOf(classes: readonly string[], changes = {}) {
  return confusionPlot(confusion(classes), [measurement(changes)], run());
}

function numbered(count: number): string[] {
  return Array.from({ length: count }, (_, at) => `class number ${at}`);
}

describe('confusionSvg', () => {
  it('shows every class twice, the counts, the errors and which probe it is of', async () => {
    const { texts, labels } = elementsOf(await confusionSvg(plotOf(['cat', 'dog', 'ox'])));
    for (const name of ['cat', 'dog', 'ox']) expect(texts.filter((text) => text === name)).toHaveLength(2);
    for (const text of ['30', '10', '7', '25.0 %', '0.0 %', '-']) expect(texts).toContain(text);
    expect(texts).toContain('glyphnet on glyphs, probe of add_1 on test');
    expect(labels).toContain('cat taken for ox: 10, 25.0 %');
  });

  it('says where the probe did not converge', async () => {
    const { texts } = elementsOf(await confusionSvg(plotOf(['a', 'b'], { converged: false })));
    expect(texts).toContain('glyphnet on glyphs, probe of add_1 on test (not converged)');
  });

  it('names every third of 100 classes, so that names stand apart on a page, and shows no counts', async () => {
    const plot = plotOf(numbered(100));
    const { texts, labels } = elementsOf(await confusionSvg(plot));
    for (const [at, name] of numbered(100).entries())
      expect(texts.filter((text) => text === name)).toHaveLength(at % 3 === 0 ? 2 : 0);
    expect(texts).not.toContain('30');
    expect(labels).toContain('class number 0 taken for class number 99: 10, 25.0 %');
    const { cell, namedEvery, namesAreUpright, side, padding } = layOutConfusion(plot);
    expect(cell * namedEvery).toBeGreaterThan(12);
    expect(namesAreUpright).toBe(true);
    expect(padding.left + side + padding.right).toBeLessThanOrEqual(PAGE_WIDTH);
  });

  it('has the same bytes each time, and escapes hostile names', async () => {
    const plot = plotOf([`<script>alert("1")</script>$&'\u0001`, 'b']);
    const svg = await confusionSvg(plot);
    expect(await confusionSvg(plot)).toBe(svg);
    expect(svg).not.toContain('<script');
    expect(elementsOf(svg).names).not.toContain('script');
  });

  it('has cells wide enough for their counts', () => {
    const plot = plotOf(['a', 'b']);
    const cells = [{ truth: 0, predicted: 0, count: 12_345_678 }];
    expect(layOutConfusion({ ...plot, confusion: { ...plot.confusion, cells } }).cell).toBeGreaterThan(
      8 * 6.8,
    );
  });
});

describe('cellColour', () => {
  it('is blue for what is right, vermillion for what is wrong, and text on it can be read', () => {
    expect(cellColour(1, true)).toBe('#08519c');
    expect(cellColour(1, false)).toBe('#bd4000');
    expect(textColour(cellColour(1, true))).toBe('#ffffff');
    expect(textColour(cellColour(0.01, false))).toBe('#1f2328');
  });
});

describe('confusionCsv', () => {
  it('has a row for each cell that is not zero', () => {
    expect(confusionCsv(plotOf(['a,b', 'c']))).toBe(
      'true_class,predicted_class,count,share_of_true_class\n"a,b","a,b",30,0.75\n"a,b",c,10,0.25\nc,c,7,1\n',
    );
  });
});

describe('probesShown', () => {
  it('is the probe with the lowest error on valid of each label set but the control', () => {
    const labelSets = [
      labelSet(),
      labelSet({ name: 'random(class)', controlOf: 'class' }),
      labelSet({ name: 'untrained' }),
    ];
    const rows = [
      measurement({ tap: 'best', depth: 1, valid: metrics(0.1) }),
      measurement({ tap: 'last', depth: 9 }),
      measurement({ tap: 'tried', depth: 2, valid: metrics(0), selected: false }),
      measurement({ labelSet: 'random(class)' }),
    ];
    expect(probesShown(rows, run({ labelSets })).map(({ tap, labelSet }) => [tap, labelSet])).toEqual([
      ['best', 'class'],
    ]);
  });
});
