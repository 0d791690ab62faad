import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { batchJobs } from '../../src/extract/batch-jobs.js';

describe('batchJobs', () => {
  it('cuts a shard into full batches and one rest, and marks the last', () => {
    fc.assert(
      fc.property(
        fc.nat(1000),
        fc.integer({ min: 1, max: 100 }),
        fc.integer({ min: 1, max: 40 }),
        (start, rows, batch) => {
          const task = {
            split: 'valid' as const,
            shard: 0,
            start,
            end: start + rows,
            columns: [],
            samples: true,
          };
          const jobs = batchJobs(task, batch);
          expect(jobs.flatMap(({ slots }) => slots.map(({ index }) => index))).toEqual(
            Array.from({ length: rows }, (_, place) => start + place),
          );
          expect(jobs.slice(0, -1).every(({ slots }) => slots.length === batch)).toBe(true);
          expect(jobs.map(({ last }) => last)).toEqual(jobs.map((_, place) => place === jobs.length - 1));
        },
      ),
    );
  });
});
