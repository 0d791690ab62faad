import { describe, expect, it } from 'vitest';
import { resultText } from '../../src/cli/result-text.js';
import { leastPenalised } from '../../src/report/control-columns.js';
import { resultTable } from '../../src/report/table.js';
import { labelSet, measurement, metrics, run } from './example-run.js';

const CONTROL = labelSet({ name: 'random(colour)', controlOf: 'colour', classes: 4 });

/** The probes of one tap: the selected one with a large l2, and one with a small l2 that has memorised labels. */
function probes(tap: string, memorised: number, changes = {}) {
  const own = { tap, labelSet: CONTROL.name, ...changes };
  return [
    measurement({ ...own, l2: 1, train: metrics(0.71), test: metrics(0.755) }),
    measurement({ ...own, l2: 1e-5, selected: false, train: metrics(memorised), test: null }),
  ];
}

const column = (section: ReturnType<typeof resultTable>['sections'][number], wanted: string) => {
  const at = section.columns.findIndex(({ title }) => title === wanted);
  return section.rows.map((row) => row![at]);
};

describe('the table of a control', () => {
  it('says whose labels are permuted, and the error on train with the smallest l2, selected or not', () => {
    const rows = [...probes('a', 0.123), ...probes('b', 0)];
    const [section] = resultTable(rows, run({ labelSets: [CONTROL] })).sections;
    expect(section!.title).toMatch(/^random\(colour\): 4 classes, /);
    expect(column(section!, 'train')).toEqual(['71.00', '71.00']);
    expect(column(section!, 'train, least l2')).toEqual(['12.30', '0.00']);
    expect(section!.footer.slice(0, 2)).toEqual([
      'a control: the labels of colour, permuted within train; valid and test keep theirs',
      'train, least l2: with the smallest l2, 1e-5: how far they can be memorised',
    ]);
    expect(section!.footer.at(-1)).toMatch(/^chance: /);
  });

  it('takes each tap’s own smallest l2, and of several rates the one that fits train best', () => {
    const grown = measurement({
      tap: 'b',
      labelSet: CONTROL.name,
      l2: 1e-6,
      selected: false,
      train: metrics(0.01),
    });
    const rows = [...probes('a', 0.2), ...probes('b', 0.1), grown];
    const [section] = resultTable(rows, run({ labelSets: [CONTROL] })).sections;
    expect(column(section!, 'train, least l2')).toEqual(['20.00', '1.00']);
    expect(section!.footer[1]).toContain('1e-6 to 1e-5');
    const rates = [0.3, 0.1, 0.2].map((error) => measurement({ l2: 0, train: metrics(error) }));
    expect(leastPenalised(rates)!.train.error).toBe(0.1);
    expect(leastPenalised([])).toBeUndefined();
  });

  it('has no such column for kinds without l2, nor has any other label set', () => {
    const rows = probes('a', 0.2, { probe: 'centroid' });
    const [section] = resultTable(rows, run({ labelSets: [CONTROL] })).sections;
    expect(section!.columns.map(({ title }) => title)).not.toContain('train, least l2');
    expect(section!.footer[0]).toContain('a control: the labels of colour');
    const [other] = resultTable([measurement()], run()).sections;
    expect(other!.columns.map(({ title }) => title)).not.toContain('train, least l2');
    expect(other!.footer.join()).not.toContain('control');
  });
});

const HALF = { error: 0.5, loss: Math.LN2 };

describe('the short result of a run', () => {
  it('has the first label set, every control and the chance level of each label set', () => {
    const hue = labelSet({ name: 'hue', chance: { train: HALF, valid: HALF, test: null } });
    const rows = [measurement(), measurement({ labelSet: 'hue', test: null }), ...probes('add_1', 0)];
    const text = resultText(rows, run({ labelSets: [labelSet(), hue, CONTROL] }), {
      table: 'short',
      steps: [],
    });
    expect(text).toMatch(/^class: 10 classes/);
    expect(text).toMatch(/^random\(colour\): 4 classes/m);
    expect(text).not.toMatch(/^hue: 10 classes/m);
    expect(text).toMatch(/^tap +class +hue +random\(colour\)$/m);
    expect(text).toMatch(/^chance +90\.00 +- +90\.00$/m);
  });
});
