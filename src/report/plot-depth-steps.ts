import type { DepthPlot, PlotStep } from './depth-plot.js';
import { type DepthStep, noiseText, stepTo, verdictOf } from './depth-steps.js';
import { intervalText, percentText } from './number-text.js';

function keyOf(steps: readonly DepthStep[]): string {
  return `above: \u25bc falls, \u25b2 rises beyond ${noiseText(steps)}, \u00b7 within it (5 % by Holm)`;
}

/** A plot of one label set's errors with a mark above each tap for the step to it. */
export function withSteps(plot: DepthPlot, steps: readonly DepthStep[]): DepthPlot {
  if (steps.length === 0) return plot;
  const facets = plot.facets.map((facet) => ({
    ...facet,
    steps: plot.taps.flatMap(({ name }) => {
      const step = stepTo(steps, { tap: name, reduction: facet.title });
      return step === undefined ? [] : [plotStep(step)];
    }),
  }));
  return { ...plot, facets, key: [...plot.key, keyOf(steps)] };
}

function plotStep(step: DepthStep): PlotStep {
  const verdict = verdictOf(step);
  const { from, to, change, interval, samples } = step;
  const text = `${percentText(change, samples)} (${intervalText(interval, samples)}), ${verdict}`;
  return { tap: to.tap, verdict, text: `${from.tap} to ${to.tap}: ${text}` };
}
