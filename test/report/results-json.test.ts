import { describe, expect, it } from 'vitest';
import { errorInterval } from '../../src/probe/error-interval.js';
import { measurementsJson, runJson } from '../../src/report/results-json.js';
import { measurement, metrics, run } from './example-run.js';

describe('measurementsJson', () => {
  it('has the interval of each error and top-5 error on valid and test, null where there is no such error', () => {
    const [row] = measurementsJson([measurement({ valid: metrics(0, { top5Error: null }), test: null })]);
    expect(row!.valid.errorInterval).toEqual(errorInterval(0, 2000));
    expect(row!.valid.top5ErrorInterval).toBeNull();
    expect(row!.test).toBeNull();
    expect(row!.train).toEqual(measurement().train);
    const [tested] = measurementsJson([measurement({ test: metrics(0.4) })]);
    expect(tested!.test!.top5ErrorInterval).toEqual(errorInterval(200, 2000));
  });
});

describe('runJson', () => {
  it("has the intervals of the model's own errors, and all else as run.json has it", () => {
    const { labelSets, ...others } = runJson(run());
    expect(others).toEqual({ ...run(), labelSets: undefined });
    expect(labelSets[0]!.model.test!.errorInterval).toEqual(errorInterval(68, 2000));
    expect(labelSets[0]!.model.train).toBeNull();
  });
});
