import { expect, test } from 'vitest';
import { networksTable, pointsTable } from '../../scripts/export/networks-tables.js';
import { type MeasuredNetwork, shapeGroups } from '../../scripts/export/paper-networks.js';

function point(name: string, ...shape: readonly number[]) {
  return { name, shape };
}

const onnx: MeasuredNetwork = {
  ...{ title: 'Net', library: 'torchvision', images: 100, load: '0.1' },
  ...{ exportSeconds: 10, openSeconds: 2, imagesPerSecond: 20, wallSeconds: 12, peakBytes: 1.5e9 },
  bytesPerImage: 44_000,
  points: [
    point('image', 4, 4, 3),
    point('a.Add', 2, 2, 8),
    point('aux', 5),
    point('b.Add', 2, 2, 8),
    point('c.Add', 2, 2, 8),
  ],
};
const saved: MeasuredNetwork = {
  ...onnx,
  library: 'keras',
  points: [point('input', 4, 4, 3), point('one/Add', 2, 2, 8), point('two/Add', 2, 2, 8)],
};

test('points are grouped by shape in depth order, each format with its own names', () => {
  expect(
    shapeGroups([onnx, saved]).map(({ shape, names }) => [
      shape,
      [...names.values()].map(({ length }) => length),
    ]),
  ).toEqual([
    ['4x4x3', [1, 1]],
    ['2x2x8', [3, 2]],
    ['5', [1]],
  ]);
});

test('the table of points has features, counts and names, empty where a format lacks a point', () => {
  const rows = pointsTable([onnx, saved])
    .split('\n')
    .filter((line) => line.startsWith('| Net'));
  expect(rows).toEqual([
    '| Net | 4x4x3 | 48 | 1 | `image` | `input` |',
    '| Net | 2x2x8 | 32 | 3 | `a.Add` … `c.Add` | `one/Add`, `two/Add` |',
    '| Net | 5 | 5 | 1 | `aux` |  |',
  ]);
});

test('the table of networks has a row for each format', () => {
  const text = networksTable([onnx, saved], 'average-pool', 'here');
  expect(text).toContain('| Net | ONNX | 5 | 10 | 2 | 20 | 12 | 1500 | 44 | 0.1 |');
  expect(text).toContain('| Net | SavedModel | 3 |');
});
