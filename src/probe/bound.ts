/**
 * How far a point is from the optimum, at most. F is l2-strongly convex in W, so where the bias is minimised for the W at
 * hand, at b*,
 *
 *     F(W, b*) - F*  <=  ||grad_W F(W, b*)||^2 / (2 l2)
 *
 * At a bias b that nearly is, with gradient s and Hessian H = diag(E[p]) - E[p p'] of F by b, nu^2 = s' H^+ s is Newton's
 * decrement. Along d = b* - b the third derivative is at most r = max d - min d times the second, so that (Bach,
 * Self-concordant analysis for logistic regression, 2010, proposition 1)
 *
 *     d'H d <= (nu r / (1 - e^-r))^2         F(W, b) - F(W, b*) <= nu^2 r / (1 - e^-r)
 *
 * and, the Jacobian of the softmax having norm at most 1/2, with lambda the largest eigenvalue of Z'Z / n,
 *
 *     ||grad_W F(W, b*)|| <= ||grad_W F(W, b)|| + sqrt(lambda / 2) e^r nu r / (1 - e^-r)
 *
 * r is taken to be at most 1/2 where that of Newton's step is at most 1/8; then, with rho for what rounding can add to the
 * norm of a gradient (rounding.ts),
 *
 *     F(W, b) - F*  <=  (||grad_W F(W, b)|| + 1.5 sqrt(lambda) nu + rho)^2 / (2 l2)  +  1.3 nu^2
 */
import { biasStep } from './minimise-bias.js';
import type { Point, ProblemShape } from './point.js';
import { type FeatureSpread, gradientRounding } from './rounding.js';
import { dot } from './vectors.js';

/** The widest step of the bias that the bound allows for. */
const WIDEST_STEP = 1 / 8;

/** What the bound needs to know of a problem. */
export interface BoundContext {
  readonly shape: ProblemShape;
  /** The part of the labelled rows that each class has. */
  readonly frequencies: Float64Array;
  readonly spread: FeatureSpread;
}

/** Bounds on F - F* at a point, in nats. */
export interface Bounds {
  /** All of it. */
  readonly gap: number;
  /** What it would be without rounding, and what it would be without rounding and with the bias at its minimum. */
  readonly unrounded: number;
  readonly minimised: number;
}

/** Bounds how far a point is from the optimum. Infinite where its bias is too far from its minimum to tell. */
export function boundsAt(point: Point, { shape, frequencies, spread }: BoundContext): Bounds {
  const weights = shape.features * shape.classes;
  const slope = point.gradient.subarray(0, weights);
  const norm = Math.sqrt(dot(slope, slope));
  const gapOf = (reach: number, decrement: number) => reach ** 2 / (2 * point.l2) + 1.3 * decrement ** 2;
  const minimised = gapOf(norm, 0);
  const decrement = biasDecrement(point.gradient.subarray(weights), point.secondMoment, frequencies);
  if (decrement === undefined)
    return { gap: Number.POSITIVE_INFINITY, unrounded: Number.POSITIVE_INFINITY, minimised };
  const reach = norm + 1.5 * Math.sqrt(spread.largest) * decrement;
  const rounding = gradientRounding(point, shape, spread);
  return {
    gap: gapOf(reach + rounding, decrement),
    unrounded: gapOf(reach, decrement),
    minimised,
  };
}

/** nu; undefined where the step is too wide. */
function biasDecrement(
  gradient: Float64Array,
  secondMoment: Float64Array | undefined,
  frequencies: Float64Array,
): number | undefined {
  const step = biasStep({ gradient, frequencies, secondMoment });
  let [most, least] = [Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY];
  for (const value of step) [most, least] = [Math.max(most, value), Math.min(least, value)];
  if (!(most - least <= WIDEST_STEP)) return undefined;
  return Math.sqrt(Math.max(0, -dot(gradient, step)));
}
