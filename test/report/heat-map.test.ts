import { describe, expect, it } from 'vitest';
import { errorColour } from '../../src/report/error-colour.js';
import {
  cellText,
  errorByFactor,
  errorByPenalty,
  errorByRate,
  heatMapCsv,
} from '../../src/report/heat-map.js';
import { layOutHeatMap } from '../../src/report/heat-map-layout.js';
import { heatMapSpec } from '../../src/report/heat-map-spec.js';
import { specSvg } from '../../src/report/plot-svg.js';
import { heatMapsOf } from '../../src/report/report.js';
import { labelSet, measurement, metrics, run } from './example-run.js';
import { elementsOf } from './xml-elements.js';

const even = { error: 0.5, loss: Math.log(2) };
const half = { train: even, valid: even, test: even };
const two = run({ labelSets: [labelSet(), labelSet({ name: 'side', chance: half })] });
const factors = [
  measurement({ tap: 'b', depth: 2, test: metrics(0.018) }),
  measurement({ tap: 'a', depth: 1, test: metrics(0.9) }),
  measurement({ tap: 'a', depth: 1, labelSet: 'side', test: metrics(0.1), converged: false }),
  measurement({ tap: 'a', depth: 1, l2: 1, selected: false, test: null }),
];

/** The probes of one tap at three l2 values and errors on valid, the second selected. */
const penalties = [1, 1e-2, 1e-4].map((l2, at) =>
  measurement({ tap: 'a', l2, selected: at === 1, valid: metrics([0.45, 0.09, 0.18][at]!) }),
);

describe('errorByFactor', () => {
  it('has a row for each tap by depth and a column for each label set, in % of its chance level', () => {
    const map = errorByFactor(factors, two);
    expect([map.rows, map.columns]).toEqual([
      ['a', 'b'],
      ['class', 'side'],
    ]);
    expect(map.cells.map((cell) => [cell.row, cell.column, cellText(cell)])).toEqual([
      [0, 0, '100'],
      [0, 1, '*20'],
      [1, 0, '2.0'],
    ]);
    expect(map.key).toBe('*: not converged');
  });

  it('has a row for each reduction of a tap that has several', () => {
    const map = errorByFactor([measurement(), measurement({ reduction: 'flatten' })], run());
    expect(map.rows).toEqual(['add_1 average-pool', 'add_1 flatten']);
  });
});

describe('errorByPenalty', () => {
  it('has a column for each l2 value, falling, the selected one framed', () => {
    const map = errorByPenalty(penalties, run(), 'class');
    expect(map.columns).toEqual(['1e0', '1e-2', '1e-4']);
    expect(map.cells.map((cell) => [cellText(cell), cell.framed])).toEqual([
      ['50', false],
      ['10', true],
      ['20', false],
    ]);
    expect(map.key).toBe('framed: selected');
  });

  it('takes of several rates with the same l2 the selected one, else that with the lowest loss', () => {
    const row = (l2: number, learningRate: number, error: number, selected = false) =>
      measurement({ l2, learningRate, selected, valid: metrics(error) });
    const rows = [
      row(0, 1, 0.2),
      row(0, 0.1, 0.3, true),
      row(0, 0.01, 0.1),
      row(1, 1, 0.6),
      row(1, 0.1, 0.5),
    ];
    const errors = (map: ReturnType<typeof errorByPenalty>) => map.cells.map(({ error }) => error);
    expect(errors(errorByPenalty(rows, run(), 'class'))).toEqual([0.5, 0.3]);
    const byRate = errorByRate(rows, run(), 'class');
    expect([byRate.columns, errors(byRate)]).toEqual([
      ['1e0', '1e-1', '1e-2'],
      [0.2, 0.3, 0.1],
    ]);
  });
});

describe('heatMapsOf', () => {
  it('are those with something to compare', () => {
    const names = (rows: Parameters<typeof heatMapsOf>[0], record = run()) =>
      heatMapsOf(rows, record).map(({ name }) => name);
    expect(names([measurement()])).toEqual([]);
    expect(names(factors, two)).toEqual(['error-by-factor', 'error-by-l2.class']);
    const rates = [0.1, 1].map((learningRate) => measurement({ learningRate, l2: 0 }));
    expect(names(rates)).toEqual(['error-by-rate.class']);
  });
});

describe('heatMapCsv', () => {
  it('has a row for each cell, with its interval', () => {
    expect(heatMapCsv(errorByFactor(factors, two)).split('\n')).toEqual([
      'tap,label_set,error,low,high,chance,share_of_chance,converged,selected',
      'a,class,0.9,0.886177215872,0.91269068692,0.9,1,true,true',
      'a,side,0.1,0.0873093130797,0.113822784128,0.5,0.2,false,true',
      'b,class,0.018,0.0127880260901,0.0247789018355,0.9,0.02,true,true',
      '',
    ]);
    const lines = heatMapCsv(errorByPenalty(penalties, run(), 'class')).split('\n');
    expect(lines[0]).toMatch(/^tap,l2,/);
    expect(lines.map((line) => line.split(',').at(-1))).toEqual(['selected', 'false', 'true', 'false', '']);
  });
});

describe('heatMapSpec', () => {
  it('prints every value on its colour, and names every cell to screen readers', async () => {
    const svg = await specSvg(heatMapSpec(errorByFactor(factors, two)));
    const { texts, labels } = elementsOf(svg);
    for (const text of ['100', '*20', '2.0', 'a', 'b', 'class', 'side', '100 %'])
      expect(texts).toContain(text);
    for (const share of [1, 0.2, 0.02]) expect(svg).toContain(`fill="${errorColour(share)}"`);
    expect(labels).toContain('a, label set side: error 10.0 % (8.7 to 11.4), 20 % of chance, not converged');
  });

  it('has the same bytes each time, and escapes hostile names', async () => {
    const name = `<script>alert("1")</script>`;
    const hostile = run({ labelSets: [labelSet({ name })], names: { dataset: name, model: name } });
    const map = errorByFactor([measurement({ tap: name, labelSet: name })], hostile);
    const svg = await specSvg(heatMapSpec(map));
    expect(svg).not.toContain('<script');
    expect(await specSvg(heatMapSpec(map))).toBe(svg);
  });
});

describe('layOutHeatMap', () => {
  it('widens cells for names that then fit, turns longer ones upright, and makes many rows lower', () => {
    const map = errorByFactor(factors, two);
    const short = layOutHeatMap(map);
    expect(short).toMatchObject({ cellWidth: 42, namesAreUpright: false });
    const fitting = layOutHeatMap({ ...map, columns: ['position', 'side'] });
    expect(fitting.namesAreUpright).toBe(false);
    expect(fitting.cellWidth).toBeGreaterThan(55);
    expect(layOutHeatMap({ ...map, columns: ['a much longer name', 'side'] }).namesAreUpright).toBe(true);
    const many = layOutHeatMap({ ...map, rows: Array.from({ length: 128 }, (_, at) => `tap_${at}`) });
    expect(many.height).toBe(128 * many.cellHeight);
    expect(many.cellHeight).toBeLessThan(short.cellHeight);
  });
});
