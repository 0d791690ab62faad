import { describe, expect, it } from 'vitest';
import { paperTable } from '../../src/report/paper-table.js';
import { resultTable } from '../../src/report/table.js';
import { tableHtml } from '../../src/report/table-html.js';
import { tableText } from '../../src/report/table-text.js';
import { chain, labelSet, measurement, metrics, run } from './example-run.js';

describe('resultTable', () => {
  it('lists the selected probes by depth, and those of equal depth as given', () => {
    const rows = [
      measurement({ tap: 'b', depth: 2 }),
      measurement({ tap: 'z', depth: 1 }),
      measurement({ tap: 'a', depth: 2 }),
      measurement({ tap: 'z', depth: 1, selected: false, l2: 1 }),
    ];
    const [section] = resultTable(rows, run()).sections;
    expect(section!.rows.map((row) => row![0])).toEqual(['z', 'b', 'a']);
  });

  it('states the leave-one-out error of ridge probes in place of the gap', () => {
    const rows = [
      measurement({ tap: 'a', probe: 'ridge', leaveOneOut: { error: 0.123, loss: 0.5 } }),
      measurement({ tap: 'b', probe: 'ridge' }),
    ];
    const [section] = resultTable(rows, run()).sections;
    const at = section!.columns.findIndex(({ title }) => title === 'left out');
    expect(section!.rows.map((row) => row![at])).toEqual(['12.30', '-']);
    expect(section!.columns.some(({ title }) => title === 'gap')).toBe(false);
    expect(section!.footer[0]).toContain('left out: error on train samples');
    const others = resultTable([measurement({ probe: 'lda' })], run()).sections[0]!;
    expect(others.columns.some(({ title }) => title === 'left out')).toBe(false);
  });

  it('is aligned text of at most 100 columns, numbers to the right', () => {
    const rows = [
      measurement({ tap: 'input', depth: 0, shape: '224x224x3', train: metrics(0.9999), converged: false }),
      measurement({ tap: 'block_15_add' }),
    ];
    expect(tableText(resultTable(rows, run()))).toBe(
      [
        'class: 10 classes, prediction error in %, loss on test',
        '',
        'tap           shape      features  train  valid   test   loss      gap    l2',
        '------------  ---------  --------  -----  -----  -----  -----  -------  ----',
        'input         224x224x3       256  99.99  20.00  21.00  0.630  *3.1e-4  1e-4',
        'block_15_add  28x28x256       256  10.00  20.00  21.00  0.630   3.1e-4  1e-4',
        '',
        '* not converged: the gap is above the tolerance, 0.01 of the objective',
        'glyphnet itself on test: 3.40 %, top-5 0.20 %, loss 0.102',
        "chance: 90.00 % (always train's most frequent class)",
      ].join('\n'),
    );
  });

  it('says why a loss is infinite', () => {
    const test = metrics(0.3, { loss: Number.POSITIVE_INFINITY });
    const text = tableText(resultTable([measurement({ test })], run()));
    expect(text).toContain('infinite loss: test has samples of a class that train lacks');
    expect(tableText(resultTable([measurement()], run()))).not.toContain('infinite');
  });

  it('names the reduction where they differ, and stays within 100 columns', () => {
    const rows = [measurement({ tap: 'block_15_project' }), measurement({ reduction: 'random-subset:1000' })];
    const text = tableText(resultTable(rows, run()));
    expect(text).toContain('random-subset:1000');
    expect(Math.max(...text.split('\n').map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('quotes valid where no test split was read', () => {
    const rows = [measurement({ test: null })];
    const text = tableText(resultTable(rows, run()));
    expect(text).toContain('loss on valid');
    expect(text).toContain('glyphnet itself on valid: 3.10 %');
    expect(text).toMatch(/add_1 .* 20\.00 +- +0\.600/);
  });

  it('has a section for each label set and no line for a model without a say', () => {
    const none = { train: null, valid: null, test: null };
    const rows = [measurement(), measurement({ labelSet: 'colour' })];
    const record = run({ labelSets: [labelSet(), labelSet({ name: 'colour', model: none })] });
    const { sections } = resultTable(rows, record);
    expect(sections.map(({ title }) => title.split(':')[0])).toEqual(['class', 'colour']);
    expect(sections[1]!.footer).toEqual(["chance: 90.00 % (always train's most frequent class)"]);
  });

  it('gives the page the details that the terminal leaves out, with names escaped', () => {
    const html = tableHtml(resultTable([measurement({ tap: '<script>"' })], run()));
    expect(html).toContain('<td>&lt;script&gt;&quot;</td>');
    expect(html).not.toContain('<script');
    expect(html).toContain('<th class="number">test top-5</th>');
    expect(html).toContain('<td class="number">5.25</td>');
  });
});

describe('paperTable', () => {
  it('has the form of Figure 4a, with blank lines where the topology changes', () => {
    const rows = chain(['input_1', 'add_1', 'add_2']).map((row, index) => ({
      ...row,
      shape: index === 0 ? '224x224x3' : '28x28x256',
      valid: metrics([0.99, 0.94, 0.89][index]!),
    }));
    expect(tableText(paperTable(rows, run()))).toBe(
      [
        'class',
        '',
        'layer name  topology       probe valid prediction error',
        '----------  -------------  ----------------------------',
        'input_1     (224, 224, 3)                         0.990',
        '',
        'add_1       (28, 28, 256)                         0.940',
        'add_2       (28, 28, 256)                         0.890',
      ].join('\n'),
    );
  });
});
