import { describe, expect, it } from 'vitest';
import { PROBE_KINDS } from '../../src/probe/probe-kind.js';
import { overviewTable } from '../../src/report/overview-table.js';
import { minimumLines } from '../../src/report/quoted-split.js';
import { runNotes } from '../../src/report/run-notes.js';
import { resultTable } from '../../src/report/table.js';
import { measurement, run } from './example-run.js';

const LINE =
  'no test split: valid selected each probe among up to 7, so its errors are minima, and lower than new samples would have them';

describe('minimumLines', () => {
  it.each(PROBE_KINDS)(
    'marks quoted errors of %s as minima where valid selected the probes and test is absent',
    (probe) => {
      const rows = [measurement({ probe, test: null, candidates: 7 }), measurement({ probe, test: null })];
      expect(minimumLines(rows)).toEqual([LINE]);
      expect(resultTable(rows, run()).sections[0]!.footer).toContain(LINE);
      expect(overviewTable(rows, run()).sections[0]!.footer).toContain(LINE);
      expect(runNotes('float32', rows).at(-1)).toBe(`N${LINE.slice(1)}.`);
    },
  );

  it('says nothing where test is quoted, or there was one probe to take', () => {
    expect(minimumLines([measurement({ candidates: 7 })])).toEqual([]);
    expect(minimumLines([measurement({ test: null, candidates: 1 })])).toEqual([]);
  });

  it('counts the epochs of a single rate as candidates', () => {
    const rows = [measurement({ probe: 'sgd', test: null, candidates: 1, epoch: 3 })];
    expect(minimumLines(rows)[0]).toContain('valid selected the best epoch of each probe');
  });
});
