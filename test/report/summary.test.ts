import { describe, expect, it } from 'vitest';
import { runNotes } from '../../src/report/run-notes.js';
import { summary } from '../../src/report/summary.js';
import { chain, measurement, metrics, run } from './example-run.js';

const TAPS = ['input', 'add_1', 'add_2'];

describe('summary', () => {
  it('says where the error starts, ends and is lowest', () => {
    expect(summary(chain(TAPS), run())).toEqual([
      '3 linear probes on 3 taps of glyphnet over glyphs (12,000 train, 2,000 valid, 2,000 test samples).',
      'class: the test error goes from 93.20 % at input to 20.52 % at add_2.' +
        ' The model itself errs on 3.40 %; chance, the best constant prediction, is 90.00 %.' +
        " Monotonicity: 0 inversions of 3 pairs; Kendall's tau -1.00 (p = 0.333 if taps were independent samples, which they are not).",
    ]);
  });
});

describe('a summary of a network that gets worse again', () => {
  it('says which of its errors are of probes that did not converge', () => {
    expect(summary(chain(TAPS, { converged: false }), run())[1]).toContain(
      'from 93.20 % (not converged) at input to 20.52 % (not converged) at add_2',
    );
  });

  it('names the tap that is best on valid', () => {
    const rows = [
      measurement({ tap: 'last', depth: 9, valid: metrics(0.5), test: metrics(0.4) }),
      measurement(),
    ];
    expect(summary(rows, run())[1]).toContain(
      'goes from 21.00 % at add_1 to 40.00 % at last; by the valid split the best tap is 21.00 % at add_1.',
    );
  });
});

describe('runNotes', () => {
  it('states what float16 changed and the reduction of each tap', () => {
    const rows = [measurement(), measurement({ tap: 'dense', depth: 9, reduction: 'flatten' })];
    const notes = runNotes('float16', rows);
    expect(notes[0]).toContain('11 significant bits');
    expect(notes.slice(1)).toEqual(['Reduction average-pool: add_1.', 'Reduction flatten: dense.']);
  });
});
