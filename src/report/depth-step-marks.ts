import type { Mark } from 'vega';
import type { DepthPlot, PlotStep } from './depth-plot.js';
import { STEP_STYLES } from './line-style.js';

/** Where the marks of steps stand: in pixels from the top of their panel. */
export const STEP_MARKS_Y = -10;

/** A mark above the panel for each step, at the tap that it comes to; named for screen readers. */
export function stepMarks(steps: readonly PlotStep[], plot: DepthPlot, markerArea: number): readonly Mark[] {
  if (steps.length === 0) return [];
  const positions = new Map(plot.taps.map(({ name }, position) => [name, position]));
  const values = steps.map(({ tap, verdict, text }) => {
    const { shape, colour, size } = STEP_STYLES[verdict];
    return { x: positions.get(tap)!, shape, colour, area: size * markerArea, description: text };
  });
  const mark: Mark = {
    type: 'symbol',
    from: { data: 'steps' },
    encode: {
      enter: {
        x: { scale: 'x', field: 'x' },
        y: { value: STEP_MARKS_Y },
        shape: { field: 'shape' },
        size: { field: 'area' },
        fill: { field: 'colour' },
        description: { field: 'description' },
      },
    },
  };
  return [{ type: 'group', data: [{ name: 'steps', values }], marks: [mark] }];
}
