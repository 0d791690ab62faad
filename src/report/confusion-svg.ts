import type { ConfusionPlot } from './confusion-plot.js';
import { confusionSpec } from './confusion-spec.js';
import { specSvg } from './plot-svg.js';

/** Draws a confusion matrix as an SVG document with a transparent background. */
export async function confusionSvg(plot: ConfusionPlot): Promise<string> {
  return await specSvg(confusionSpec(plot));
}
