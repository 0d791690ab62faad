import { describe, expect, it } from 'vitest';
import { duplicatesText, duplicateWarnings, isLeaky } from '../../src/report/duplicates-text.js';
import { leftOut } from '../../src/report/run-facts.js';
import { run } from './example-run.js';

const NONE = {
  leaked: { valid: 0, test: 0 },
  testInTrain: 0,
  testInValid: 0,
  within: { train: 0, valid: 0, test: 0 },
  conflicting: 0,
};
const SOME = {
  leaked: { valid: 12, test: 1239 },
  testInTrain: 1237,
  testInValid: 3,
  within: { train: 20, valid: 0, test: 1 },
  conflicting: 4,
};

describe('duplicatesText', () => {
  it('says in one line which samples are where too', () => {
    expect(duplicatesText(SOME)).toBe(
      '12 of valid and 1,237 of test are in train too, 3 of test are in valid too, ' +
        '20 of train and 1 of test are repeated within their split, 4 are of another class than a copy',
    );
    expect(duplicatesText({ ...NONE, leaked: { valid: 0, test: 2 }, testInTrain: 2 })).toBe(
      '2 of test are in train too',
    );
    expect(duplicatesText(NONE)).toBeUndefined();
    expect([isLeaky(SOME), isLeaky({ ...SOME, leaked: NONE.leaked })]).toEqual([true, false]);
  });
});

describe('a run', () => {
  const options = run().options;

  it('warns of samples that probes know from an earlier split, unless they are left out', () => {
    expect(duplicateWarnings(run({ duplicates: SOME }))).toEqual([
      `samples with the same bytes: ${duplicatesText(SOME)} (--drop-duplicates leaves them out of valid and test)`,
    ]);
    const dropped = run({ duplicates: SOME, options: { ...options, dropDuplicates: true } });
    expect(duplicateWarnings(dropped)).toEqual([]);
    expect(leftOut(dropped)).toEqual([
      'Samples left out, as an earlier split has their bytes (--drop-duplicates): 12 valid, 1,239 test.',
    ]);
    expect(leftOut(run({ duplicates: SOME }))).toEqual([]);
  });

  it('warns of copies within train where folds are cut from it', () => {
    const folds = { ...options, folds: 5, dropDuplicates: true };
    expect(duplicateWarnings(run({ duplicates: SOME, options: folds }))).toEqual([
      expect.stringContaining('20 samples of train have the bytes of another one'),
    ]);
  });

  it('says nothing where there are none, nor of an earlier version', () => {
    expect(duplicateWarnings(run({ duplicates: NONE }))).toEqual([]);
    expect(duplicateWarnings(run())).toEqual([]);
  });
});
