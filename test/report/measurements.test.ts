import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { readMeasurements, writeMeasurements } from '../../src/report/measurements.js';
import { writePredictions } from '../../src/report/predictions.js';
import { readTable, rowsOf, writeTable } from '../../src/store/table.js';
import { labelSet, measurement, metrics } from './example-run.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();

describe('measurements.parquet', () => {
  it('comes back as it was written, nulls and infinities too', async () => {
    const path = join(folder(), 'measurements.parquet');
    const rows = [
      measurement(),
      measurement({ tap: 'outer/inner:1', selected: false, test: null, converged: false, l2: 0 }),
      measurement({ valid: metrics(0.5, { top5Error: null }), optimalityGap: Number.POSITIVE_INFINITY }),
      measurement({ seed: 2 ** 40, test: metrics(0) }),
      measurement({
        folds: { count: 3, errorMean: 0.2, errorSd: 0.01 },
        foldErrors: [0.19, 0.2, 0.21],
        seeds: { count: 3, errorMean: 0.9, errorSd: 0 },
      }),
      measurement({ probe: 'sgd', learningRate: 1e-4, epoch: 0 }),
      measurement({ probe: 'ridge', leaveOneOut: { error: 0.25, loss: 0.5 } }),
    ].map((row) => ({ ...row, candidates: row.tap === 'outer/inner:1' ? 1 : 6 }));
    await writeMeasurements(path, rows);
    expect(await readMeasurements(path)).toEqual(rows);
  });

  it('has the columns that the documentation names', async () => {
    const path = join(folder(), 'measurements.parquet');
    await writeMeasurements(path, [measurement()]);
    const names = Object.keys((await readTable(path)).columns);
    for (const name of [
      ...[
        'tap',
        'depth',
        'shape',
        'reduction',
        'features',
        'used_features',
        'candidates',
        'label_set',
        'classes',
        'l2',
        'seed',
      ],
      ...['selected', 'train_loss', 'train_error', 'train_top5_error', 'valid_loss', 'valid_error'],
      ...['valid_top5_error', 'test_loss', 'test_error', 'test_top5_error', 'optimality_gap', 'converged'],
      ...[
        'passes',
        'seconds',
        'valid_error_low',
        'valid_error_high',
        'test_error_low',
        'test_error_high',
        'test_calibration_error',
      ],
      ...['folds', 'folds_error_mean', 'folds_error_sd', 'seeds_error_mean', 'learning_rate', 'epoch'],
      ...['loo_error', 'loo_loss'],
    ]) {
      expect(names).toContain(name);
    }
  });

  it('is read without what follows from other columns, as runs of earlier versions have it', async () => {
    const path = join(folder(), 'measurements.parquet');
    await writeMeasurements(path, [measurement()]);
    const [row] = [...rowsOf(await readTable(path))];
    expect(row!.valid_error_low).toBeCloseTo(0.1829, 4);
    expect(row!.valid_error_high).toBeCloseTo(0.2181, 4);
    const { valid_error_low: _, valid_error_high: __, ...older } = row!;
    const types = { string: 'utf8', boolean: 'boolean', number: 'double', object: 'utf8' } as const;
    const columns = Object.entries(older).map(([name, value]) => ({
      ...{ name, optional: true },
      type: types[typeof value as keyof typeof types],
    }));
    await writeTable(`${path}.older`, columns, [older]);
    expect(await readMeasurements(`${path}.older`)).toEqual([measurement()]);
  });

  it('has the intervals of errors and top-5 errors, none where there is no such error', async () => {
    const path = join(folder(), 'measurements.parquet');
    const rows = [
      measurement({ test: metrics(0) }),
      measurement({ test: null, valid: metrics(0.5, { top5Error: null }) }),
    ];
    await writeMeasurements(path, rows);
    const [first, second] = [...rowsOf(await readTable(path))];
    expect(first!.test_error_low).toBe(0);
    expect(first!.test_error_high).toBeCloseTo(0.00178, 5);
    expect(first!.valid_top5_error_high).toBeCloseTo(0.0604, 3);
    expect(second).toMatchObject({ test_error_low: null, test_error_high: null, valid_top5_error_low: null });
  });

  it('has the chance level of the label set on valid and test, null where there are no such samples', async () => {
    const path = join(folder(), 'measurements.parquet');
    const { chance } = labelSet();
    await writeMeasurements(path, [measurement()], [labelSet({ chance: { ...chance, test: null } })]);
    const [row] = [...rowsOf(await readTable(path))];
    expect(row).toMatchObject({ valid_chance_error: 0.9, valid_chance_loss: 2.31, test_chance_error: null });
  });

  it('has the same bytes each time', async () => {
    const directory = folder();
    for (const name of ['a', 'b']) await writeMeasurements(join(directory, name), [measurement()]);
    expect(readFileSync(join(directory, 'a'))).toEqual(readFileSync(join(directory, 'b')));
  });

  it('refuses other tables and other files, naming what is wrong', async () => {
    const path = join(folder(), 'other.parquet');
    await writeTable(path, [{ name: 'tap', type: 'utf8' }], [{ tap: 'a' }]);
    await expect(readMeasurements(path)).rejects.toThrow(
      /not the measurements .*missing columns: depth, shape/,
    );
    writeFileSync(path, 'no table');
    await expect(readMeasurements(path)).rejects.toThrow(UserError);
  });
});

describe('predictions.parquet', () => {
  it('has a row for each sample and probe, with classes by name and null where there is no label', async () => {
    const path = join(folder(), 'predictions.parquet');
    const probe = { tap: 'add_1', reduction: 'flatten', labelSet: 'class', classes: ['cat', 'dog'] };
    const set = { ids: Int32Array.of(3, 5), labels: Int32Array.of(1, -1), predicted: Int32Array.of(0, 1) };
    async function* sets() {
      yield { ...probe, ...set, split: 'valid' as const };
      yield { ...probe, ...set, split: 'test' as const };
    }
    await writePredictions(path, sets());
    const rows = [...rowsOf(await readTable(path))];
    expect(rows.map(({ split }) => split)).toEqual(['valid', 'valid', 'test', 'test']);
    expect(rows[0]).toEqual({
      id: 3,
      split: 'valid',
      tap: 'add_1',
      reduction: 'flatten',
      label_set: 'class',
      label: 'dog',
      prediction: 'cat',
    });
    expect(rows[1]).toMatchObject({ id: 5, label: null, prediction: 'dog' });
  });
});
