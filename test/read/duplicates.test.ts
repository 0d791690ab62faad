import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { findDuplicates } from '../../src/read/duplicates.js';
import { type PerSplit, SPLITS } from '../../src/split.js';
import { type MadeSample, sampleTables } from './sample-tables.js';

/** Digests that differ behind their first 48 bits are among them. */
const sample = fc.record({
  bytes: fc.constantFrom('a', 'b', 'c', 'head-1-tail', 'head-1-other', null),
  label: fc.integer({ min: -1, max: 1 }),
  quarantined: fc.boolean(),
});
const split = fc.array(sample, { maxLength: 8 });
const splits = fc.record({ train: split, valid: split, test: split });

/** Every sample that has features and bytes, in order. */
function listed(samples: PerSplit<readonly MadeSample[]>) {
  return SPLITS.flatMap((own) => samples[own].map((one, row) => ({ ...one, split: own, row }))).filter(
    ({ quarantined, bytes }) => quarantined !== true && bytes !== null,
  );
}

describe('findDuplicates', () => {
  it('groups the samples with the same bytes, in order, leaving out quarantined ones and those without bytes', () => {
    const property = fc.property(splits, (samples) => {
      const all = listed(samples);
      const names = [...new Set(all.map(({ bytes }) => bytes))];
      const groups = names
        .map((name) => all.filter(({ bytes }) => bytes === name).map(({ split, row }) => ({ split, row })))
        .filter(({ length }) => length > 1);
      expect(findDuplicates(sampleTables(samples)).groups).toEqual(groups);
    });
    fc.assert(property);
  });

  it('marks and counts what an earlier split, the same split or another class has too', () => {
    const property = fc.property(splits, (samples) => {
      const all = listed(samples);
      const copies = (one: (typeof all)[number]) => all.filter((other) => other.bytes === one.bytes);
      const has = (one: (typeof all)[number], own: string) => copies(one).some(({ split }) => split === own);
      const of = (own: string) => all.filter((one) => one.split === own);
      const { leaked, counts } = findDuplicates(sampleTables(samples));
      const valid = of('valid').filter((one) => has(one, 'train'));
      const test = of('test').filter((one) => has(one, 'train') || has(one, 'valid'));
      expect(leaked.train.every((one) => one === 0)).toBe(true);
      for (const [own, rows] of [
        ['valid', valid],
        ['test', test],
      ] as const)
        expect([...leaked[own].entries()].filter(([, one]) => one === 1).map(([row]) => row)).toEqual(
          rows.map(({ row }) => row),
        );
      const repeated = (own: string) => of(own).length - new Set(of(own).map(({ bytes }) => bytes)).size;
      const classes = (one: (typeof all)[number]) =>
        new Set(copies(one).flatMap(({ label }) => (label! < 0 ? [] : [label])));
      expect(counts).toEqual({
        leaked: { valid: valid.length, test: test.length },
        testInTrain: of('test').filter((one) => has(one, 'train')).length,
        testInValid: of('test').filter((one) => has(one, 'valid')).length,
        within: { train: repeated('train'), valid: repeated('valid'), test: repeated('test') },
        conflicting: all.filter((one) => classes(one).size > 1).length,
      });
    });
    fc.assert(property);
  });
});
