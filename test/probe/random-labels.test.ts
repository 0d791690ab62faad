import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { randomLabels } from '../../src/probe/random-labels.js';

const labels = fc
  .array(fc.integer({ min: -1, max: 5 }), { maxLength: 50 })
  .map((values) => Int32Array.from(values));

describe('randomLabels', () => {
  it('permutes the labelled rows of train, and leaves everything else where it is', () => {
    const property = fc.property(labels, labels, labels, fc.nat(), (train, valid, test, seed) => {
      const shuffled = randomLabels({ train, valid, test }, seed);
      expect([...shuffled.train].sort()).toEqual([...train].sort());
      expect(shuffled.train.map((label) => Number(label < 0))).toEqual(
        train.map((label) => Number(label < 0)),
      );
      expect(shuffled.valid).toEqual(valid);
      expect(shuffled.test).toEqual(test);
    });
    fc.assert(property);
  });

  it('is decided by the seed, and changes nothing it was given', () => {
    const train = Int32Array.from({ length: 100 }, (_, at) => at % 10);
    const before = train.slice();
    const of = (seed: number) => [...randomLabels({ train, valid: train, test: train }, seed).train];
    expect(of(1)).toEqual(of(1));
    expect(of(1)).not.toEqual(of(2));
    expect(of(1)).not.toEqual([...train]);
    expect(train).toEqual(before);
  });
});
