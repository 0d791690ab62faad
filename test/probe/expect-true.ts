import { expect } from 'vitest';
import type { ProbeMetrics } from '../../src/probe/measurement.js';
import type { Verdict } from './solved-problem.js';

/** What a probe states of itself. */
export interface Stated {
  readonly gap: number;
  readonly metrics: ProbeMetrics;
}

/** Objective within the gap, loss to 1e-5, error and top-5 error to the sample. */
export function expectTrue({ gap, metrics }: Stated, verdict: Verdict): void {
  const { samples, loss, error, top5Error } = metrics;
  const rounding = 1e-13 * (1 + Math.abs(verdict.objective));
  expect(verdict.objective - verdict.lowest).toBeLessThanOrEqual(gap + rounding);
  expect(Math.abs(loss - verdict.loss)).toBeLessThanOrEqual(1e-5 * Math.max(1, verdict.loss));
  expect(Math.abs(error * samples - verdict.errors)).toBeLessThanOrEqual(verdict.doubtful + 1e-6);
  if (top5Error !== null)
    expect(Math.abs(top5Error * samples - verdict.top5Errors)).toBeLessThanOrEqual(verdict.doubtful + 1e-6);
}
