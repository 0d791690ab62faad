import { describe, expect, it } from 'vitest';
import type { Predictions } from '../../src/probe/measurement.js';
import { countChanges, outcomesOf } from '../../src/probe/outcomes.js';

const LABELS = [0, 0, 1, 1, -1, 1];

function predictions(tap: string, predicted: readonly number[], ids = [3, 5, 6, 8, 9, 11]): Predictions {
  return {
    ...{ tap, reduction: 'flatten', labelSet: 'class', split: 'test', classes: ['a', 'b'] },
    ids: Int32Array.from(ids),
    labels: Int32Array.from(LABELS),
    predicted: Int32Array.from(predicted),
  };
}

describe('countChanges', () => {
  it('counts samples that one probe alone gets right, and none without a label', () => {
    const before = outcomesOf(predictions('a', [0, 1, 1, 0, 0, 0]));
    const after = outcomesOf(predictions('b', [1, 0, 1, 1, 1, 0]));
    expect(countChanges(before, after)).toEqual({ samples: 5, newlyWrong: 1, newlyRight: 2 });
    expect(countChanges(after, before)).toEqual({ samples: 5, newlyWrong: 2, newlyRight: 1 });
    expect(countChanges(before, before)).toEqual({ samples: 5, newlyWrong: 0, newlyRight: 0 });
  });

  it('refuses probes of other samples', () => {
    const before = outcomesOf(predictions('a', LABELS));
    const after = outcomesOf(predictions('b', LABELS, [3, 5, 6, 8, 9, 12]));
    expect(() => countChanges(before, after)).toThrow('probes of other samples are compared: a and b');
  });
});
