import { describe, expect, it } from 'vitest';
import type { Confusion, ConfusionCell } from '../../src/probe/confusion.js';
import { classTable, pairTable } from '../../src/report/class-tables.js';

function confusion(classes: number, cells: readonly ConfusionCell[]): Confusion {
  const names = Array.from({ length: classes }, (_, at) => `c${at}`);
  return { tap: 'a', reduction: 'flatten', labelSet: 'class', split: 'test', classes: names, cells };
}

/** Of class `at`, `at` samples are taken for the next class and the others are right. */
function staircase(classes: number, samples: number): readonly ConfusionCell[] {
  return Array.from({ length: classes }, (_, at) => [
    { truth: at, predicted: at, count: samples - at },
    { truth: at, predicted: (at + 1) % classes, count: at },
  ])
    .flat()
    .filter(({ count }) => count > 0);
}

describe('classTable', () => {
  it('has every class that has samples, the largest error first, with what it is most often taken for', () => {
    const cells = [
      { truth: 0, predicted: 0, count: 9 },
      { truth: 0, predicted: 1, count: 1 },
      { truth: 1, predicted: 0, count: 2 },
      { truth: 1, predicted: 2, count: 3 },
    ];
    const { title, rows, footer } = classTable(confusion(3, cells), 'probe of a on test');
    expect(title).toBe('class: error by class in %, probe of a on test');
    expect(rows).toEqual([
      ['c1', '5', '100.0', '50.0 to 100.0', '0.0', 'c2 (3)'],
      ['c0', '10', '10.0', '0.5 to 44.4', '81.8', 'c1 (1)'],
    ]);
    expect(footer).toEqual([]);
  });

  it('has the ten worst and the five best of many', () => {
    const { rows, footer } = classTable(confusion(40, staircase(40, 50)), 'probe');
    expect(rows).toHaveLength(16);
    expect(rows.map((row) => row?.[0] ?? null)).toEqual([
      ...['c39', 'c38', 'c37', 'c36', 'c35', 'c34', 'c33', 'c32', 'c31', 'c30', null],
      ...['c4', 'c3', 'c2', 'c1', 'c0'],
    ]);
    expect(rows.at(-1)).toEqual(['c0', '50', '0.0', '0.0 to 6.4', '56.2', '-']);
    expect(footer[0]).toContain('of 40');
  });
});

describe('pairTable', () => {
  it('has the twenty pairs with the most samples', () => {
    const { rows, footer } = pairTable(confusion(200, staircase(200, 400)), 'probe');
    expect(rows).toHaveLength(20);
    expect(rows[0]).toEqual(['c199', 'c0', '199', '49.8']);
    expect(footer[0]).toBe('The 20 of 199 pairs with the most samples; all are in confusion.parquet.');
  });
});
