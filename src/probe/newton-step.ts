/**
 * Newton's step, truncated: H d = -g by conjugate gradients, preconditioned by what L-BFGS has learnt (Morales & Nocedal,
 * Automatic preconditioning by limited memory quasi-Newton updating, 2000), until the residual is a hundredth of g (Nocedal &
 * Wright, algorithm 7.1). Each direction is made conjugate to all before it, as far as they are remembered: the systems are so
 * ill-conditioned that conjugacy to the last one alone is soon lost. Where few rows carry the curvature, as in
 * problems that can nearly be separated, L-BFGS takes hundreds of steps to learn what this finds out from point to point.
 * A product with H is a pass in float64: where l2 is tiny beside the largest curvature, float32 would not know it.
 */
import type { CurvatureMemory } from './curvature-memory.js';
import { lineSearch } from './line-search.js';
import type { Objective, Point } from './point.js';
import type { Asking } from './solver-protocol.js';
import { addScaled, dot } from './vectors.js';

/** The part of ||r||^2, in the norm of M, at which a system is solved. */
const FORCING = 1e-4;

/** Most products for one step. */
const MOST_PRODUCTS = 100;

/** What a step is to be taken with. */
export interface NewtonOptions {
  readonly memory: CurvatureMemory;
  readonly curvature: boolean;
  /** No product is made from so many passes on. */
  readonly mostPasses: number;
  /** Directions that are remembered, to be conjugate to. */
  readonly directions: number;
}

/** One step from a point in float64; undefined where it leads no further down. */
export function* newtonStep(
  objective: Objective,
  point: Point,
  options: NewtonOptions,
): Asking<Point | undefined> {
  const direction = yield* newtonDirection(objective, point, options);
  return yield* lineSearch(objective, point, { direction, curvature: options.curvature });
}

/** A direction that was gone along: with its product with the Hessian, and its curvature. */
interface Taken {
  readonly search: Float64Array;
  readonly image: Float64Array;
  readonly curvature: number;
}

function* newtonDirection(
  objective: Objective,
  point: Point,
  { memory, mostPasses, directions }: NewtonOptions,
): Asking<Float64Array> {
  const direction = new Float64Array(point.gradient.length);
  const residual = point.gradient.slice();
  const taken: Taken[] = [];
  let enough = 0;
  for (let product = 0; product < MOST_PRODUCTS && objective.passes < mostPasses; product++) {
    // -M r, with M what L-BFGS takes for the inverse of H.
    const search = memory.direction(residual);
    const energy = -dot(residual, search);
    if (product === 0) enough = energy * FORCING;
    if (!(energy > enough)) break;
    for (const { search: other, image, curvature } of taken)
      addScaled(search, -dot(search, image) / curvature, other, search);
    const image = yield* objective.hessianTimes(point.position, search);
    const curvature = dot(search, image);
    if (!(curvature > 0)) break;
    const length = -dot(residual, search) / curvature;
    addScaled(direction, length, search, direction);
    addScaled(residual, length, image, residual);
    taken.push({ search, image, curvature });
    if (taken.length > directions) taken.shift();
  }
  return dot(direction, point.gradient) < 0 ? direction : memory.direction(point.gradient);
}
