import { describe, expect, it } from 'vitest';
import { checkpointSummary } from '../../src/report/checkpoint-summary.js';
import { checkpointTable } from '../../src/report/checkpoint-table.js';
import { tableText } from '../../src/report/table-text.js';
import { exampleCheckpoints } from './example-checkpoints.js';
import { labelSet, metrics } from './example-run.js';

const error = (tap: number, step: number, seed: number) => 0.5 - 0.1 * tap * step + 0.01 * seed;

describe('checkpointTable', () => {
  it('has taps by depth and steps in order, and the network itself below', () => {
    const run = exampleCheckpoints({ taps: ['input', 'conv1', 'logits'], steps: [0, 1, 20], error });
    expect(tableText(checkpointTable(run))).toBe(
      [
        'class: prediction error in % on test, by training step',
        '',
        'tap                 0      1     20',
        '--------------  -----  -----  -----',
        'input           50.00  50.00  50.00',
        'conv1           50.00  40.00  30.00',
        'logits          50.00  30.00  10.00',
        '',
        'network itself  50.00  30.00  10.00',
        '',
        '95 % intervals end at most 2.20 points from the error; each is in the CSVs',
        'chance: 90.00 %, loss 2.310 (the best constant prediction on test)',
      ].join('\n'),
    );
  });

  it('has mean and deviation over seeds', () => {
    const run = exampleCheckpoints({ taps: ['conv1'], steps: [0], seeds: [1, 2, 3], error });
    const text = tableText(checkpointTable(run));
    expect(text).toContain('by training step, mean ± deviation over 3 seeds');
    expect(text).toContain('conv1           51.00 ± 1.00');
  });

  it('shows ten of many steps in a terminal, and all of them on the page', () => {
    const steps = Array.from({ length: 31 }, (_, at) => 100 * at);
    const run = exampleCheckpoints({ taps: ['conv1'], steps, error: () => 0.5 });
    const [section] = checkpointTable(run).sections;
    expect(section!.columns).toHaveLength(32);
    const shown = section!.columns.filter(({ only }) => only !== 'page').map(({ title }) => title);
    expect(shown).toHaveLength(11);
    expect([shown[1], shown.at(-1)]).toEqual(['0', '3000']);
    expect(section!.footer).toContain('21 more steps are in the report');
  });

  it('marks what did not converge, and has a dash where a checkpoint has no probe', () => {
    const run = exampleCheckpoints({
      ...{ taps: ['input', 'conv1'], steps: [0, 1], error },
      changes: { converged: false },
    });
    const [first, second] = run.results;
    const less = { ...second!, measurements: second!.measurements.slice(1) };
    const text = tableText(checkpointTable({ ...run, results: [first!, less] }));
    expect(text).toMatch(/^input +\*50\.00 +-$/m);
    expect(text).toContain('* not converged');
  });
});

describe('the table of a control', () => {
  it('says whose labels are permuted, and how far they are memorised over all taps and steps', () => {
    const run = exampleCheckpoints({ taps: ['input', 'conv1'], steps: [0, 1], error });
    const results = run.results.map((one, step) => ({
      ...one,
      run: { ...one.run, labelSets: [labelSet({ name: 'random(hue)', controlOf: 'hue' })] },
      measurements: one.measurements.flatMap((row, tap) => [
        { ...row, labelSet: 'random(hue)', l2: 1 },
        { ...row, labelSet: 'random(hue)', selected: false, train: metrics(0.1 + 0.2 * step + 0.1 * tap) },
      ]),
    }));
    const [section] = checkpointTable({ ...run, results }).sections;
    expect(section!.labelSet).toBe('random(hue)');
    expect(section!.footer).toContain(
      'a control: the labels of hue, permuted within train; valid and test keep theirs',
    );
    expect(section!.footer).toContain(
      'on train with the smallest l2: 10.00 to 40.00 %, how far they can be memorised',
    );
  });
});

describe('checkpointSummary', () => {
  it('says where the error begins and ends, at the first step and at the last', () => {
    const run = exampleCheckpoints({ taps: ['input', 'logits'], steps: [0, 5], seeds: [1, 2], error });
    expect(checkpointSummary(run)).toEqual([
      '8 linear probes on net over glyphs at 2 steps of training and 2 seeds.',
      'class: the test error goes from 50.50 % at input to 50.50 % at logits at step 0, ' +
        'and from 50.50 % at input to 40.50 % at logits at step 5.',
    ]);
  });
});
