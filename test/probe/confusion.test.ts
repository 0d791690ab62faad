import { describe, expect, it } from 'vitest';
import { classScores, confusedPairs, confusionOf, quotedConfusions } from '../../src/probe/confusion.js';
import type { Predictions } from '../../src/probe/measurement.js';

const NAMES = ['cat', 'dog', 'ox', 'none'];

function predictions(changes: Partial<Predictions> = {}): Predictions {
  return {
    ...{ tap: 'add_1', reduction: 'flatten', labelSet: 'class', split: 'test', classes: NAMES },
    ids: Int32Array.of(0, 1, 2, 3, 4, 5, 6),
    labels: Int32Array.of(0, 0, 0, 1, 1, 2, -1),
    predicted: Int32Array.of(0, 1, 1, 1, 0, 0, 2),
    ...changes,
  };
}

describe('confusionOf', () => {
  it('counts each pair of a true and a predicted class, without the samples that have no label', () => {
    const { cells, ...probe } = confusionOf(predictions());
    expect(probe).toEqual({
      ...{ tap: 'add_1', reduction: 'flatten', labelSet: 'class', split: 'test', classes: NAMES },
    });
    expect(cells).toEqual([
      { truth: 0, predicted: 0, count: 1 },
      { truth: 0, predicted: 1, count: 2 },
      { truth: 1, predicted: 0, count: 1 },
      { truth: 1, predicted: 1, count: 1 },
      { truth: 2, predicted: 0, count: 1 },
    ]);
  });

  it('holds label sets whose full matrix would not fit in memory', () => {
    const classes = Array.from({ length: 100_000 }, (_, at) => String(at));
    const [labels, predicted] = [Int32Array.of(99_999, 0), Int32Array.of(99_998, 99_999)];
    const { cells } = confusionOf(predictions({ classes, labels, predicted }));
    expect(cells).toEqual([
      { truth: 0, predicted: 99_999, count: 1 },
      { truth: 99_999, predicted: 99_998, count: 1 },
    ]);
  });
});

describe('classScores', () => {
  it('has error and precision of each class, null where they are of no sample', () => {
    expect(classScores(confusionOf(predictions()))).toEqual([
      { samples: 3, predictions: 3, error: 2 / 3, precision: 1 / 3 },
      { samples: 2, predictions: 3, error: 1 / 2, precision: 1 / 3 },
      { samples: 1, predictions: 0, error: 1, precision: null },
      { samples: 0, predictions: 0, error: null, precision: null },
    ]);
  });
});

describe('confusedPairs', () => {
  it('has the cells off the diagonal, the fullest first', () => {
    const pairs = confusedPairs(confusionOf(predictions()));
    expect(pairs.map(({ truth, predicted, count }) => [truth, predicted, count])).toEqual([
      [0, 1, 2],
      [1, 0, 1],
      [2, 0, 1],
    ]);
  });
});

describe('quotedConfusions', () => {
  it('has of each probe that on test, and that on valid where test is missing or has no label', () => {
    const unlabelled = { labels: new Int32Array(7).fill(-1) };
    const quoted = quotedConfusions(
      [
        predictions({ tap: 'a', split: 'valid' }),
        predictions({ tap: 'a' }),
        predictions({ tap: 'b', split: 'valid' }),
        predictions({ tap: 'c', split: 'valid' }),
        predictions({ tap: 'c', ...unlabelled }),
      ].map(confusionOf),
    );
    expect(quoted.map(({ tap, split }) => [tap, split])).toEqual([
      ['a', 'test'],
      ['b', 'valid'],
      ['c', 'valid'],
    ]);
  });
});
