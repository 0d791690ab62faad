import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/probe/measurement.js';
import { runWarnings } from '../../src/report/run-warnings.js';
import { measurement, metrics } from './example-run.js';

/** The probes of one tap for a grid of 1, 0.1 and 0.01, the n-th of them selected for its loss on valid. */
function grid(tap: string, labelSet: string, selected: number, changes: Partial<Measurement> = {}) {
  return [1, 0.1, 0.01].map((l2, at) => {
    const valid = metrics(0.2, { loss: 0.5 + 0.1 * Math.abs(at - selected) });
    return measurement({ tap, labelSet, depth: 1, l2, selected: at === selected, valid, ...changes });
  });
}

describe('runWarnings', () => {
  it('has one line for each end of the grid, with the taps in depth order and their label sets', () => {
    const rows = [
      ...grid('b', 'x', 2, { depth: 9 }),
      ...grid('a', 'x', 2),
      ...grid('a', 'y', 2),
      ...grid('c', 'x', 0),
    ];
    expect(runWarnings(rows)).toEqual([
      'the smallest l2 tried, 1e-2, was selected in 3 of 4 cases (try smaller ones): a (x, y), b (x)',
      'the largest l2 tried, 1e0, was selected in 1 of 4 cases (try larger ones): c (x)',
    ]);
  });

  it('takes the ends of the grid that each probe has', () => {
    const longer = [
      ...grid('a', 'x', 2),
      measurement({ tap: 'a', labelSet: 'x', l2: 1e-4, selected: false }),
    ];
    const shorter = [1, 0.1].map((l2) =>
      measurement({ tap: 'b', labelSet: 'x', l2, selected: l2 === 0.1, valid: metrics(l2) }),
    );
    expect(runWarnings([...longer, ...shorter])).toEqual([
      'the smallest l2 tried, 1e-1, was selected in 1 of 2 cases (try smaller ones): b',
    ]);
    expect(runWarnings([...grid('a', 'x', 2), ...shorter])[0]).toContain(
      'tried, 1e-2 to 1e-1, was selected in 2',
    );
  });

  it('is silent where the loss hardly falls any more: there is nothing to gain beyond a plateau', () => {
    const [large, middle, small] = grid('a', 'x', 2);
    const level = { ...middle!, valid: metrics(0.2, { loss: 0.5004 }) };
    expect(runWarnings([large!, level, small!])).toEqual([]);
    const falling = { ...middle!, valid: metrics(0.2, { loss: 0.5006 }) };
    expect(runWarnings([large!, falling, small!])).toHaveLength(1);
    const other = grid('a', 'x', 0);
    const flat = { ...other[1]!, valid: metrics(0.2, { loss: 0.5004 }) };
    expect(runWarnings([other[0]!, flat, other[2]!])).toEqual([]);
  });

  it('goes by the error where ridge is selected by it, and where the loss is infinite', () => {
    const infinite = { valid: metrics(0.2, { loss: Number.POSITIVE_INFINITY }) };
    expect(runWarnings(grid('a', 'x', 2, infinite))).toEqual([]);
    const rows = grid('a', 'x', 2, infinite);
    const lower = { ...rows[2]!, valid: metrics(0.19, { loss: Number.POSITIVE_INFINITY }) };
    expect(runWarnings([rows[0]!, rows[1]!, lower])).toHaveLength(1);
    expect(runWarnings(grid('a', 'x', 2, { probe: 'ridge' }))).toEqual([]);
  });

  it('is silent inside the grid, for the control, and where there is no choice', () => {
    expect(runWarnings(grid('a', 'random(x)', 0), { controls: ['random(x)'] })).toEqual([]);
    expect(runWarnings(grid('a', 'x', 1))).toEqual([]);
    expect(runWarnings([measurement()])).toEqual([]);
    expect(runWarnings([])).toEqual([]);
  });

  it('has one line for all probes that did not converge', () => {
    const rows = ['a', 'b'].map((tap) => measurement({ tap, converged: false, optimalityGap: 0.123 }));
    expect(runWarnings([...rows, measurement({ tap: 'c' })])).toEqual([
      '2 of 3 probes did not converge and are up to 0.12 nats above the optimum ' +
        '(try a larger --max-passes or --tolerance): a, b',
    ]);
  });

  it('has a line for rates at the ends of a bank, and one for selected probes that patience did not end', () => {
    const bank = (tap: string, selected: number, converged: boolean) =>
      [1e-2, 1e-1, 1].map((learningRate, at) =>
        measurement({ tap, learningRate, epoch: 3, probe: 'sgd', selected: at === selected, converged }),
      );
    expect(runWarnings([...bank('a', 0, true), ...bank('b', 1, false)])).toEqual([
      'the smallest learning rate tried, 1e-2, was selected in 1 of 2 cases (try smaller ones): a',
      '1 of 2 selected probes were not ended by patience: they had epochs left to improve in, or diverged ' +
        '(try a larger --epochs): b',
    ]);
  });

  it('counts the taps beyond those that a line may name, and tells reductions apart', () => {
    const rows = ['a', 'b', 'c', 'd'].flatMap((tap) => grid(tap, 'x', 0));
    expect(runWarnings(rows, { mostTaps: 2 })[0]).toMatch(/: a, b and 2 more, in the report$/);
    const pooled = rows.map((row) => ({ ...row, reduction: 'flatten' }));
    expect(runWarnings([...rows, ...pooled], { mostTaps: 1 })[0]).toMatch(/: a average-pool and 7 more/);
  });
});
