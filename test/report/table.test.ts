import { describe, expect, it } from 'vitest';
import { overviewTable } from '../../src/report/overview-table.js';
import { paperTable } from '../../src/report/paper-table.js';
import { resultTable } from '../../src/report/table.js';
import { tableHtml } from '../../src/report/table-html.js';
import { tableText } from '../../src/report/table-text.js';
import { chain, labelSet, measurement, metrics, run, step } from './example-run.js';

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
        'tap           shape      features  train  valid   test            95 %   loss      gap    l2',
        '------------  ---------  --------  -----  -----  -----  --------------  -----  -------  ----',
        'input         224x224x3       256  99.99  20.00  21.00  19.24 to 22.84  0.630  *3.1e-4  1e-4',
        'block_15_add  28x28x256       256  10.00  20.00  21.00  19.24 to 22.84  0.630   3.1e-4  1e-4',
        '',
        '* not converged: the gap is above the tolerance, 0.01 of the objective',
        'glyphnet itself on test: 3.40 % (2.65 to 4.28), top-5 0.20 % (0.07 to 0.50), loss 0.102',
        'chance: 90.00 %, loss 2.310 (the best constant prediction on test)',
      ].join('\n'),
    );
  });

  it('shows the page the interval of every error and the calibration error, the terminal that of the quoted one', () => {
    const rows = [measurement(), measurement({ test: null })];
    const html = tableHtml(resultTable(rows, run()));
    for (const [head, cell] of [
      ['valid 95 %', '18.29 to 21.81'],
      ['test 95 %', '19.24 to 22.84'],
      ['top-5 95 %', '4.33 to 6.31'],
      ['calibration', '2.33'],
    ]) {
      expect(html).toContain(`<th class="number">${head}</th>`);
      expect(html).toContain(`<td class="number">${cell}</td>`);
    }
    const text = tableText(resultTable(rows, run()));
    expect(text).toContain('21.00  19.24 to 22.84');
    const valid = tableHtml(resultTable([measurement({ test: null })], run()));
    expect(valid).toContain('valid 95 %');
    expect(valid).not.toContain('test 95 %');
  });

  it('shows the change against the tap before, marked where it is beyond noise, and says how the error goes', () => {
    const rows = chain(['a', 'b', 'c']);
    const steps = [
      step('a', 'b', { change: -0.4, interval: { low: -0.42, high: -0.38 }, adjustedP: 0 }),
      step('b', 'c', { change: 0.0012, interval: { low: -0.002, high: 0.0045 }, adjustedP: 0.4321 }),
    ];
    const [section] = resultTable(rows, run(), steps).sections;
    const at = section!.columns.findIndex(({ title }) => title === 'change');
    expect(section!.rows.map((row) => row!.slice(at, at + 3))).toEqual([
      ['-', '-', '-'],
      ['↓-40.00', '-42.00 to -38.00', '<1e-300'],
      ['+0.12', '-0.20 to 0.45', '0.432'],
    ]);
    expect(section!.footer.slice(0, 4)).toEqual([
      'change: of the test error from the probed tap before; ↓, ↑: beyond the noise of the test split (p at most 0.05 by Holm)',
      'the noise of the training sample is not in it (--folds adds it)',
      'the test error falls at 1 of 2 steps, 1 beyond the noise of the test split, and rises at 1, none beyond it',
      "0 inversions of 3 pairs; Kendall's tau -1.00 (p = 0.333 if taps were independent samples, which they are not)",
    ]);
    expect(tableText(resultTable(rows, run(), steps))).toContain('50.00 to 54.40  ↓-40.00');
    expect(tableText(resultTable(rows, run()))).not.toContain('change');
  });

  it('shows the step from the deepest of several taps before, and counts the others', () => {
    const steps = [step('a', 'c'), step('b', 'c', { change: 0.3, adjustedP: 0.01 })];
    const [section] = resultTable(chain(['a', 'b', 'c']), run(), steps).sections;
    const at = section!.columns.findIndex(({ title }) => title === 'change');
    expect(section!.rows.map((row) => row![at])).toEqual(['-', '-', '↑+30.00']);
    expect(section!.footer).toContain(
      '1 more steps, of taps that come from several probed ones, are in depth-steps.parquet',
    );
  });

  it('shows mean and deviation over folds and seeds where there are some, and says what they are', () => {
    const folds = { count: 15, errorMean: 0.1234, errorSd: 0.0041 };
    const seeds = { count: 3, errorMean: 0.9, errorSd: 0.01 };
    const options = { ...run().options, folds: 5, seeds: 3 };
    const text = tableText(resultTable([measurement({ folds, seeds })], run({ options })));
    expect(text).toMatch(/95 % +folds +seeds +loss/);
    expect(text).toContain('19.24 to 22.84  12.34 ± 0.41  90.00 ± 1.00  0.630');
    expect(text).toContain('folds: on the part of train left out, mean ± deviation of 5 folds, cut 3 times');
    expect(text).toContain('seeds: on valid, mean ± deviation of 3 draws of the labels');
    expect(tableText(resultTable([measurement()], run()))).not.toMatch(/folds|seeds/);
  });

  it('shows the rate of probes that were stopped early, and a dash where no gap is known', () => {
    const early = { probe: 'sgd', l2: 0, epoch: 7, optimalityGap: Number.POSITIVE_INFINITY } as const;
    const rows = [
      measurement({ tap: 'a', ...early, learningRate: 5e-2 }),
      measurement({ tap: 'b', ...early, learningRate: 1e-4, converged: false }),
    ];
    const lines = tableText(resultTable(rows, run())).split('\n');
    const ends = lines.filter((line) => /^[ab] /.test(line)).map((line) => line.split(/ +/).slice(-3));
    expect(ends).toEqual([
      ['-', '0', '5e-2'],
      ['*-', '0', '1e-4'],
    ]);
    expect(lines).toContain(
      '* not converged: not ended by patience, so more epochs may lower the loss on valid',
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
    const steps = [step('block_15_project', 'add_1', {}, 'random-subset:1000')];
    const wider = tableText(resultTable(rows, run(), steps)).split('\n');
    expect(wider[2]).toMatch(/^tap +reduction +train +valid +test +95 % +change +loss +gap$/);
    expect(Math.max(...wider.slice(0, 6).map((line) => line.length))).toBeLessThanOrEqual(100);
  });

  it('quotes valid where no test split was read', () => {
    const rows = [measurement({ test: null })];
    const text = tableText(resultTable(rows, run()));
    expect(text).toContain('loss on valid');
    expect(text).toContain('glyphnet itself on valid: 3.10 %');
    expect(text).toMatch(/add_1 .* 20\.00 +- +18\.29 to 21\.81 +0\.600/);
  });

  it('has a section for each label set and no line for a model without a say', () => {
    const none = { train: null, valid: null, test: null };
    const rows = [measurement(), measurement({ labelSet: 'colour' })];
    const record = run({ labelSets: [labelSet(), labelSet({ name: 'colour', model: none })] });
    const { sections } = resultTable(rows, record);
    expect(sections.map(({ title }) => title.split(':')[0])).toEqual(['class', 'colour']);
    expect(sections[1]!.footer).toEqual([
      'chance: 90.00 %, loss 2.310 (the best constant prediction on test)',
    ]);
  });

  it('gives the page the details that the terminal leaves out, with names escaped', () => {
    const html = tableHtml(resultTable([measurement({ tap: '<script>"' })], run()));
    expect(html).toContain('<td>&lt;script&gt;&quot;</td>');
    expect(html).not.toContain('<script');
    expect(html).toContain('<th class="number">test top-5</th>');
    expect(html).toContain('<td class="number">5.25</td>');
  });
});

describe('overviewTable', () => {
  it('has a column for each label set, and marks probes that did not converge', () => {
    const rows = [measurement(), measurement({ labelSet: 'side', converged: false })];
    const record = run({ labelSets: [labelSet(), labelSet({ name: 'side' }), labelSet({ name: 'none' })] });
    const [section] = overviewTable(rows, record).sections;
    expect(section!.rows).toEqual([
      ['add_1', '21.00', '*21.00', '-'],
      null,
      ['chance', '90.00', '90.00', '90.00'],
    ]);
    const margin =
      '95 % intervals end at most 1.84 points from the error; each is in report.html and the CSVs';
    expect(section!.footer).toEqual([
      '* not converged: the gap is above the tolerance, 0.01 of the objective',
      margin,
    ]);
    expect(overviewTable([measurement()], run()).sections[0]!.footer).toEqual([margin]);
  });
});

describe('paperTable', () => {
  it('marks probes that did not converge', () => {
    const text = tableText(paperTable([measurement({ converged: false })], run()));
    expect(text).toContain('*0.200');
    expect(text).toContain('* not converged: the gap is above the tolerance, 0.01 of the objective');
  });

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
        '',
        'chance: 0.900 (the best constant prediction on valid)',
      ].join('\n'),
    );
  });
});
