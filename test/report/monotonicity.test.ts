import { describe, expect, it } from 'vitest';
import { monotonicityClauses, monotonicityOf } from '../../src/report/monotonicity.js';
import { monotonicityCsv, monotonicityTable } from '../../src/report/monotonicity-table.js';
import { tableText } from '../../src/report/table-text.js';
import { labelSet, measurement, metrics, run, step } from './example-run.js';

const NOISE = 'the noise of the test split';

/** Probes of taps `t0`, `t1` ... of these test errors, at these depths. */
function probes(errors: readonly number[], depths = errors.map((_, at) => at)) {
  return errors.map((error, at) => measurement({ tap: `t${at}`, depth: depths[at]!, test: metrics(error) }));
}

describe('monotonicityOf', () => {
  it('counts pairs whose deeper tap has the larger error, and steps by their direction', () => {
    const steps = [
      step('t0', 't1'),
      step('t1', 't2', { adjustedP: 0.3 }),
      step('t2', 't3', { change: 0.02, adjustedP: 0.4 }),
      step('t3', 't4', { change: 0.03 }),
      step('t3', 't4', { change: 0, adjustedP: 1 }),
      step('t0', 't1', { labelSet: 'other' }),
    ];
    const [found, ...others] = monotonicityOf(probes([0.9, 0.5, 0.1, 0.12, 0.2]), run(), steps);
    expect(others).toEqual([]);
    expect(found).toEqual({
      ...{ labelSet: 'class', reduction: null, split: 'test', taps: 5, pairs: 10, inversions: 3, ties: 0 },
      tau: expect.closeTo(-0.4),
      p: expect.closeTo(0.4833, 4),
      steps: { noise: NOISE, all: 5, falls: 2, fallsBeyondNoise: 1, rises: 2, risesBeyondNoise: 1 },
    });
  });

  it('leaves pairs of equal depth out, and counts equal errors as ties', () => {
    const rows = probes([0.9, 0.5, 0.6, 0.5], [0, 1, 1, 2]);
    expect(monotonicityOf(rows, run(), [])[0]).toMatchObject({ pairs: 5, inversions: 0, ties: 1 });
  });

  it('is one for each reduction where taps have several, and none for a single tap', () => {
    const rows = ['flatten', 'max-pool'].flatMap((reduction) =>
      probes([0.9, 0.5]).map((row) => ({ ...row, reduction })),
    );
    const steps = [step('t0', 't1', {}, 'flatten')];
    const found = monotonicityOf(rows, run(), steps);
    expect(found.map(({ reduction, steps: { all } }) => [reduction, all])).toEqual([
      ['flatten', 1],
      ['max-pool', 0],
    ]);
    expect(monotonicityOf(probes([0.9]), run(), [])).toEqual([]);
  });

  it('goes by valid where there is no test split', () => {
    const rows = probes([0.9, 0.5]).map((row, at) => ({ ...row, test: null, valid: metrics(at / 2) }));
    expect(monotonicityOf(rows, run(), [])[0]).toMatchObject({ split: 'valid', inversions: 1, tau: 1 });
  });
});

describe('monotonicityClauses', () => {
  const [falling] = monotonicityOf(probes(Array.from({ length: 13 }, (_, at) => 0.9 - at / 20)), run(), []);

  it('say in words how the error goes', () => {
    const steps = { noise: NOISE, all: 12, falls: 11, fallsBeyondNoise: 9, rises: 1, risesBeyondNoise: 0 };
    expect(monotonicityClauses({ ...falling!, inversions: 1, tau: -0.97, p: 3.1e-9, steps })).toEqual([
      'the test error falls at 11 of 12 steps, 9 beyond the noise of the test split, and rises at 1, none beyond it',
      "1 inversion of 78 pairs; Kendall's tau -0.97 (p = 3.1e-9 if taps were independent samples, which they are not)",
    ]);
  });

  it('leave out what there is not', () => {
    expect(monotonicityClauses({ ...falling!, ties: 2, tau: null, p: null })).toEqual([
      '0 inversions of 78 pairs (2 tied)',
    ]);
    const steps = { noise: NOISE, all: 1, falls: 0, fallsBeyondNoise: 0, rises: 0, risesBeyondNoise: 0 };
    expect(monotonicityClauses({ ...falling!, reduction: 'flatten', steps })[0]).toBe(
      'flatten: the test error falls at 0 of 1 step',
    );
  });
});

describe('monotonicityTable', () => {
  const labelSets = [labelSet(), labelSet({ name: 'a,b' })];
  const rows = [
    ...probes([0.9, 0.5, 0.6]),
    ...probes([0.5, 0.5]).map((row) => ({ ...row, labelSet: 'a,b' })),
  ];
  const courses = monotonicityOf(rows, run({ labelSets }), [
    step('t0', 't1'),
    step('t1', 't2', { change: 0.1 }),
  ]);

  it('has a row for each label set', () => {
    const lines = tableText({ sections: [monotonicityTable(courses)] }).split('\n');
    expect(lines.slice(-2)[0]).toMatch(
      /^p: if taps were independent samples, which those of one network are not/,
    );
    expect(lines.at(-1)).toBe('beyond noise: the noise of the test split, p at most 0.05 by Holm');
    expect(lines.slice(-5, -3).map((line) => line.split(/ +/))).toEqual([
      ['class', '3', '1', '3', '-0.33', '1', '2', '1', '1', '1', '1'],
      ['a,b', '2', '0', '1', ...new Array(7).fill('-')],
    ]);
  });

  it('has its numbers as CSV', () => {
    expect(monotonicityCsv(courses).split('\n').slice(1)).toEqual([
      'class,,test,3,3,1,0,-0.333333333333,1,2,1,1,1,1',
      '"a,b",,test,2,1,0,1,,,0,0,0,0,0',
      '',
    ]);
  });
});
