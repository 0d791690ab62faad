import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import type { Confusion } from '../../src/probe/confusion.js';
import { errorInterval } from '../../src/probe/error-interval.js';
import { readConfusions, writeConfusions } from '../../src/report/confusion-tables.js';
import { readTable, rowsOf, writeTable } from '../../src/store/table.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();

function confusion(changes: Partial<Confusion> = {}): Confusion {
  return {
    ...{ tap: 'add_1', reduction: 'flatten', labelSet: 'class', split: 'test' },
    classes: ['dog', 'cat', 'nobody'],
    cells: [
      { truth: 0, predicted: 0, count: 3 },
      { truth: 0, predicted: 1, count: 1 },
      { truth: 1, predicted: 1, count: 5 },
    ],
    ...changes,
  };
}

function endsOf(errors: number, samples: number) {
  const { low, high } = errorInterval(errors, samples);
  return { error_low: low, error_high: high };
}

describe('confusion.parquet and classes.parquet', () => {
  it('come back as they were written, classes in their order, of the probes asked for', async () => {
    const directory = folder();
    const all = [
      confusion(),
      confusion({ tap: 'add_2', split: 'valid' }),
      confusion({ tap: 'add_2', labelSet: 'x/y', classes: ['b', 'a'], cells: [] }),
    ];
    await writeConfusions(directory, all);
    expect(await readConfusions(directory, all)).toEqual(all);
    expect(await readConfusions(directory, [all[2]!, all[1]!])).toEqual([all[2], all[1]]);
    expect(await readConfusions(directory, [confusion({ tap: 'no' })])).toEqual([]);
  });

  it('have a row for each cell that is not zero, and one for each class', async () => {
    const directory = folder();
    await writeConfusions(directory, [confusion()]);
    const cells = [...rowsOf(await readTable(join(directory, 'confusion.parquet')))];
    const probe = { tap: 'add_1', reduction: 'flatten', label_set: 'class', split: 'test' };
    expect(cells).toHaveLength(3);
    expect(cells[1]).toEqual({ ...probe, true_class: 'dog', predicted_class: 'cat', count: 1 });
    expect([...rowsOf(await readTable(join(directory, 'classes.parquet')))]).toEqual([
      { ...probe, class: 'dog', samples: 4, predictions: 3, error: 0.25, precision: 1, ...endsOf(1, 4) },
      { ...probe, class: 'cat', samples: 5, predictions: 6, error: 0, precision: 5 / 6, ...endsOf(0, 5) },
      {
        ...probe,
        class: 'nobody',
        samples: 0,
        predictions: 0,
        error: null,
        precision: null,
        error_low: null,
        error_high: null,
      },
    ]);
  });

  it('are nothing in a run that is older than they', async () => {
    const directory = folder();
    expect(await readConfusions(directory, [confusion()])).toEqual([]);
    await writeConfusions(directory, [confusion()]);
    rmSync(join(directory, 'classes.parquet'));
    expect(await readConfusions(directory, [confusion()])).toEqual([]);
  });

  it('are refused where they are no tables, other tables or of other classes', async () => {
    const directory = folder();
    const file = join(directory, 'confusion.parquet');
    await writeConfusions(directory, [confusion()]);
    const row = { tap: 'add_1', reduction: 'flatten', label_set: 'class', split: 'test' };
    const columns = [...Object.keys(row), 'true_class', 'predicted_class'].map(
      (name) => ({ name, type: 'utf8' }) as const,
    );
    rmSync(file);
    const wrong = { ...row, true_class: 'cow', predicted_class: 'cat', count: 1 };
    await writeTable(file, [...columns, { name: 'count', type: 'int32' }], [wrong]);
    await expect(readConfusions(directory, [confusion()])).rejects.toThrow(UserError);
    rmSync(file);
    await writeTable(file, columns.slice(0, 5), [wrong]);
    await expect(readConfusions(directory, [confusion()])).rejects.toThrow(
      /not the confusions .*missing columns: predicted_class, count/,
    );
    writeFileSync(file, 'no table');
    await expect(readConfusions(directory, [confusion()])).rejects.toThrow(UserError);
  });
});
