import type { Precision } from './row-passes.js';
import type { Asking } from './solver-protocol.js';
import { addScaled, dot } from './vectors.js';

/** A position with the objective there: F = cross-entropy + (l2 / 2) ||W||^2, and its gradient. */
export interface Point {
  readonly l2: number;
  readonly position: Float64Array;
  readonly crossEntropy: number;
  readonly objective: number;
  readonly gradient: Float64Array;
  /** E[||p||^2]. */
  readonly squares: number;
  readonly secondMoment: Float64Array | undefined;
  /** What it was evaluated in. */
  readonly precision: Precision;
}

/** The sizes of a problem: a position is (features, classes) weights and then the biases. */
export interface ProblemShape {
  readonly features: number;
  readonly classes: number;
}

/** The same position under another l2: the cross-entropy and its gradient do not change, so no pass is needed. */
export function underL2(point: Point, l2: number, { features, classes }: ProblemShape): Point {
  const weights = point.position.subarray(0, features * classes);
  const gradient = point.gradient.slice();
  const penalised = gradient.subarray(0, weights.length);
  addScaled(penalised, l2 - point.l2, weights, penalised);
  const squares = dot(weights, weights);
  return { ...point, l2, gradient, objective: point.crossEntropy + (l2 / 2) * squares };
}

/**
 * The bound on F - F*: ||grad_W F||^2 / (2 l2). F is l2-strongly convex in W, so it holds once the bias is
 * minimised exactly for the W at hand, and not before.
 */
export function gapBound({ gradient, l2 }: Point, { features, classes }: ProblemShape): number {
  const penalised = gradient.subarray(0, features * classes);
  return dot(penalised, penalised) / (2 * l2);
}

/** sum |dF/db|: zero where the bias is minimised exactly. */
export function biasSlope({ gradient }: Point, { features, classes }: ProblemShape): number {
  let sum = 0;
  for (let at = features * classes; at < gradient.length; at++) sum += Math.abs(gradient[at]!);
  return sum;
}

/** ||W|| and ||b||. */
export function weightNorm({ position, gradient }: Point, { features, classes }: ProblemShape) {
  const weights = position.subarray(0, features * classes);
  const biases = position.subarray(features * classes, gradient.length);
  return { weights: Math.sqrt(dot(weights, weights)), biases: Math.sqrt(dot(biases, biases)) };
}

/** float rounding of a mean loss, relative. */
const LOSS_NOISE: Readonly<Record<Precision, number>> = { float32: 1e-7, float64: 1e-14 };

/** One probe's objective at one l2: evaluates points by asking for passes, and counts them. */
export class Objective {
  passes = 0;
  /** What points are evaluated in from now on. */
  precision: Precision = 'float32';
  private gapRatio = Number.POSITIVE_INFINITY;

  constructor(
    readonly shape: ProblemShape,
    readonly l2: number,
  ) {}

  /** Rounding of the objective, relative. */
  get noise(): number {
    return LOSS_NOISE[this.precision];
  }

  /** Z'Z / n of the features, in float64: one pass. */
  *featureMoment(position: Float64Array): Asking<Float64Array> {
    const { l2, gapRatio } = this;
    const ask = { position, curvature: false, l2, gapRatio, precision: 'float64', features: true } as const;
    const { featureMoment } = yield ask;
    this.passes += 1;
    return featureMoment!;
  }

  /** The Hessian at a position times a direction, in float64: one pass. */
  *hessianTimes(position: Float64Array, direction: Float64Array): Asking<Float64Array> {
    const { l2, gapRatio, shape } = this;
    const ask = { position, curvature: false, l2, gapRatio, precision: 'float64', direction } as const;
    const { gradient } = yield ask;
    this.passes += 1;
    const weights = shape.features * shape.classes;
    const penalised = gradient.subarray(0, weights);
    addScaled(penalised, l2, direction.subarray(0, weights), penalised);
    return gradient;
  }

  /** Evaluates a position: one pass. */
  *at(position: Float64Array, curvature: boolean): Asking<Point> {
    const { l2, gapRatio, precision } = this;
    const answer = yield { position, curvature, l2, gapRatio, precision };
    this.passes += 1;
    const unpenalised = { ...answer, l2: 0, position, precision, objective: answer.crossEntropy };
    const point = underL2(unpenalised, l2, this.shape);
    this.gapRatio = gapBound(point, this.shape) / point.objective;
    return point;
  }
}
