/**
 * A step length t along a descent direction d, by Armijo's rule with safeguarded cubic interpolation
 * (Nocedal & Wright, 3.5): F(x + t d) <= F(x) + c t g'd. Where rounding hides the decrease, the slope at the trial
 * decides instead (Hager & Zhang's approximate Wolfe condition).
 */
import type { Objective, Point } from './point.js';
import type { Asking } from './solver-protocol.js';
import { addScaled, dot } from './vectors.js';

const SUFFICIENT_DECREASE = 1e-4;
const LARGEST_END_SLOPE = 0.8;
const MOST_TRIALS = 15;

/**
 * Looks for a better point along a direction, starting with the full step.
 *
 * @returns undefined when the direction is not downhill, or no step along it lowers the objective.
 */
export function* lineSearch(
  objective: Objective,
  from: Point,
  options: { readonly direction: Float64Array; readonly curvature: boolean },
): Asking<Point | undefined> {
  const { direction, curvature } = options;
  const slope = dot(from.gradient, direction);
  if (!(slope < 0)) return undefined;
  let length = 1;
  for (let trial = 0; trial < MOST_TRIALS; trial++) {
    const position = addScaled(from.position, length, direction);
    const point = yield* objective.at(position, curvature);
    const endSlope = dot(point.gradient, direction);
    const decrease = from.objective - point.objective;
    if (decrease >= -SUFFICIENT_DECREASE * length * slope) return point;
    const hidden = decrease >= -objective.noise * from.objective;
    if (hidden && endSlope <= -LARGEST_END_SLOPE * slope) return point;
    length = interpolate({ length, slope, endSlope, decrease });
  }
  return undefined;
}

/** The minimiser of the cubic through both ends, kept within a tenth and a half of the length that failed. */
export function interpolate(options: {
  readonly length: number;
  readonly slope: number;
  readonly endSlope: number;
  readonly decrease: number;
}): number {
  const { length, slope, endSlope, decrease } = options;
  const bend = slope + endSlope + (3 * decrease) / length;
  const root = Math.sqrt(Math.max(0, bend * bend - slope * endSlope));
  const cubic = length - (length * (endSlope + root - bend)) / (endSlope - slope + 2 * root);
  return Number.isFinite(cubic) ? Math.min(length / 2, Math.max(length / 10, cubic)) : length / 2;
}
