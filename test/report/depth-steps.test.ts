import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { describe, expect, it } from 'vitest';
import type { Predictions } from '../../src/probe/measurement.js';
import { type Outcomes, outcomesOf } from '../../src/probe/outcomes.js';
import { pairedDifference } from '../../src/probe/paired-difference.js';
import { resampledDifference } from '../../src/probe/resampled-difference.js';
import { randomStream } from '../../src/random.js';
import { readDepthSteps, writeDepthSteps } from '../../src/report/depth-step-table.js';
import { measureDepthSteps, noiseText, verdictOf } from '../../src/report/depth-steps.js';
import { writeResults } from '../../src/report/report.js';
import { readTable, rowsOf, writeTable } from '../../src/store/table.js';
import { chain, measurement, metrics, run, step, topology } from './example-run.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();

/** The outcomes of a probe that gets the first `wrong` of 100 samples wrong, and another from `from` on. */
function outcomes(
  tap: string,
  wrong: number,
  { from = 0, split = 'test', labelSet = 'class' } = {},
): Outcomes {
  const predictions: Predictions = {
    ...{ tap, reduction: 'average-pool', labelSet, split: split as 'test', classes: ['a', 'b'] },
    ids: Int32Array.from({ length: 100 }, (_, id) => id),
    labels: new Int32Array(100),
    predicted: Int32Array.from({ length: 100 }, (_, id) => Number(id >= from && id < from + wrong)),
  };
  return outcomesOf(predictions);
}

describe('measureDepthSteps', () => {
  const rows = chain(['input', 'add_1', 'add_2']);

  it('compares each probe with that of the tap before on the same samples, and corrects over all of them', () => {
    const found = measureDepthSteps(rows, {
      topology,
      outcomes: [outcomes('add_2', 30), outcomes('input', 60), outcomes('add_1', 40, { from: 10 })],
    });
    expect(
      found.map(({ from, to, newlyWrong, newlyRight }) => [from.tap, to.tap, newlyWrong, newlyRight]),
    ).toEqual([
      ['input', 'add_1', 0, 20],
      ['add_1', 'add_2', 10, 20],
    ]);
    const first = pairedDifference({ samples: 100, newlyWrong: 0, newlyRight: 20 });
    expect(found[0]).toMatchObject({ ...first, labelSet: 'class', split: 'test', samples: 100 });
    expect(found.map(({ p, adjustedP }) => adjustedP / p)).toEqual([2, 1]);
    expect(found.map(verdictOf)).toEqual(['falls', 'within noise']);
  });

  it('takes in the noise of the training sample where there are folds: a step must be beyond both', () => {
    const all = [outcomes('input', 60), outcomes('add_1', 30), outcomes('add_2', 1)];
    const errors = [
      [0.6, 0.61, 0.59, 0.6, 0.6],
      [0.3, 0.31, 0.29, 0.31, 0.3],
      [0.1, 0.5, 0.05, 0.6, 0.2],
    ];
    const folded = rows.map((row, at) => ({ ...row, foldErrors: errors[at]! }));
    const [steady, unsteady] = measureDepthSteps(folded, { topology, outcomes: all, folds: 5 });
    expect(steady!.folds).toEqual(resampledDifference(errors[0]!, errors[1]!, 5));
    expect([steady!, unsteady!].map(verdictOf)).toEqual(['falls', 'within noise']);
    expect(unsteady!.p).toBeLessThan(1e-4);
    expect(unsteady!.adjustedP).toBe(unsteady!.folds!.p);
    expect(noiseText([steady!])).toBe('the noise of the test split and of the training sample');
    const [, alone] = measureDepthSteps(folded, { topology, outcomes: all });
    expect([alone!.folds, verdictOf(alone!)]).toEqual([null, 'falls']);
    expect(noiseText([alone!])).toBe('the noise of the test split');
  });

  it('has a family of its own for each label set', () => {
    const both = ['class', 'side'].flatMap((labelSet) => chain(['input', 'add_1'], { labelSet }));
    const all = ['class', 'side'].flatMap((labelSet) => [
      outcomes('input', 30, { labelSet }),
      outcomes('add_1', 10, { labelSet }),
    ]);
    const found = measureDepthSteps(both, { topology, outcomes: all });
    expect(found.map(({ labelSet, p, adjustedP }) => [labelSet, adjustedP === p])).toEqual([
      ['class', true],
      ['side', true],
    ]);
  });

  it('goes by the split that results are quoted on', () => {
    const valid = rows.map((row) => ({ ...row, test: null }));
    const all = ['input', 'add_1', 'add_2'].map((tap) => outcomes(tap, 20, { split: 'valid' }));
    expect(measureDepthSteps(valid, { topology, outcomes: all }).map(({ split }) => split)).toEqual([
      'valid',
      'valid',
    ]);
    expect(measureDepthSteps(rows, { topology, outcomes: all })).toEqual([]);
  });

  it('leaves out probes that were not selected, and those without outcomes', () => {
    const others = [...rows, measurement({ tap: 'conv_1', selected: false, test: metrics(0.5) })];
    const found = measureDepthSteps(others, {
      topology,
      outcomes: [outcomes('input', 9), outcomes('add_1', 5)],
    });
    expect(found.map(({ to }) => to.tap)).toEqual(['add_1']);
  });
});

describe('depth-steps.parquet beside predictions.parquet', () => {
  it('has the counts that DuckDB finds there', async () => {
    const directory = folder();
    const random = randomStream('depth steps');
    const ids = Int32Array.from({ length: 300 }, (_, id) => id);
    const labels = ids.map(() => random.integer(-1, 2));
    const predictions = ['input', 'add_1', 'add_2'].map((tap, at) => ({
      ...{
        tap,
        reduction: 'average-pool',
        labelSet: 'class',
        split: 'test' as const,
        classes: ['a', 'b', 'c'],
      },
      ...{
        ids,
        labels,
        predicted: labels.map((label) =>
          label >= 0 && random.uniform() < at / 3 ? label : random.integer(0, 2),
        ),
      },
    }));
    const measurements = chain(['input', 'add_1', 'add_2']);
    await writeResults(directory, { run: run(), topology, measurements, predictions, weights: [] });
    const duckdb = await (await DuckDBInstance.create()).connect();
    const counted = await duckdb.runAndReadAll(`
      with outcomes as (
        select *, label <> prediction as wrong from '${directory}/predictions.parquet' where label is not null)
      select s.from_tap, s.tap, count(*)::integer, (count(*) filter (not a.wrong and b.wrong))::integer,
        (count(*) filter (a.wrong and not b.wrong))::integer, avg(b.wrong::integer) - avg(a.wrong::integer)
      from '${directory}/depth-steps.parquet' s
      join outcomes a on a.tap = s.from_tap join outcomes b on b.tap = s.tap and b.id = a.id
      group by s.from_tap, s.tap order by s.tap`);
    duckdb.closeSync();
    const steps = await readDepthSteps(directory);
    expect(counted.getRows()).toEqual(
      steps.map(({ from, to, samples, newlyWrong, newlyRight, change }) => [
        ...[from.tap, to.tap, samples, newlyWrong, newlyRight],
        expect.closeTo(change, 12),
      ]),
    );
    expect(steps.every(({ newlyWrong, newlyRight }) => newlyWrong > 0 && newlyRight > 0)).toBe(true);
  });
});

describe('verdictOf', () => {
  it('is beyond noise up to 5 % after the correction', () => {
    expect(verdictOf(step('a', 'b', { adjustedP: 0.05 }))).toBe('falls');
    expect(verdictOf(step('a', 'b', { adjustedP: 0.0501 }))).toBe('within noise');
    expect(verdictOf(step('a', 'b', { change: 0.01, adjustedP: 0.01 }))).toBe('rises');
  });
});

describe('depth-steps.parquet', () => {
  it('comes back as it was written', async () => {
    const directory = folder();
    const steps = [
      step('a', 'b'),
      step('b', 'c', { split: 'valid', p: 0, adjustedP: 1 }, 'random-subset:100'),
      step('c', 'd', { folds: { change: -0.02, interval: { low: -0.05, high: 0.01 }, p: 0.2 } }),
    ];
    await writeDepthSteps(directory, steps);
    expect(await readDepthSteps(directory)).toEqual(steps);
    await writeDepthSteps(directory, []);
    expect(await readDepthSteps(directory)).toEqual([]);
  });

  it('is read without what it has of folds, as runs of earlier versions have it', async () => {
    const directory = folder();
    await writeDepthSteps(directory, [step('a', 'b')]);
    const file = join(directory, 'depth-steps.parquet');
    const [row] = [...rowsOf(await readTable(file))];
    const older = Object.entries(row!).filter(([name]) => !name.startsWith('folds_'));
    const columns = older.map(([name, value]) => ({
      name,
      type: typeof value === 'string' ? ('utf8' as const) : ('double' as const),
    }));
    rmSync(file);
    await writeTable(file, columns, [Object.fromEntries(older)]);
    expect(await readDepthSteps(directory)).toEqual([step('a', 'b')]);
  });

  it('is nothing in runs that are older than it, and refused where it is something else', async () => {
    const directory = folder();
    expect(await readDepthSteps(directory)).toEqual([]);
    writeFileSync(join(directory, 'depth-steps.parquet'), 'no table');
    await expect(readDepthSteps(directory)).rejects.toThrow('steps cannot be read');
  });
});
