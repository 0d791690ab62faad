/**
 * Newton's step, truncated: H d = -g by conjugate gradients, preconditioned by what L-BFGS has learnt (Morales & Nocedal,
 * Automatic preconditioning by limited memory quasi-Newton updating, 2000), until the residual is a tenth of g or the
 * square of what it was (Dembo & Steihaug 1983; Nocedal & Wright, algorithm 7.1). Where few rows carry the curvature, as in
 * problems that can nearly be separated, L-BFGS takes hundreds of steps to learn what this finds out from point to point.
 * A product with H is a pass in float64: where l2 is tiny beside the largest curvature, float32 would not know it.
 */
import type { CurvatureMemory } from './curvature-memory.js';
import { lineSearch } from './line-search.js';
import type { Objective, Point } from './point.js';
import type { Asking } from './solver-protocol.js';
import { addScaled, dot } from './vectors.js';

/** Most products for one step. */
const MOST_PRODUCTS = 60;

/** One step from a point in float64; undefined where it leads no further down. */
export function* newtonStep(
  objective: Objective,
  point: Point,
  options: { readonly memory: CurvatureMemory; readonly curvature: boolean; readonly mostPasses: number },
): Asking<Point | undefined> {
  const { memory, curvature, mostPasses } = options;
  const direction = yield* newtonDirection(objective, point, { memory, mostPasses });
  return yield* lineSearch(objective, point, { direction, curvature });
}

function* newtonDirection(
  objective: Objective,
  point: Point,
  { memory, mostPasses }: { readonly memory: CurvatureMemory; readonly mostPasses: number },
): Asking<Float64Array> {
  const direction = new Float64Array(point.gradient.length);
  const residual = point.gradient.slice();
  // -M r, with M what L-BFGS takes for the inverse of H.
  let preconditioned = memory.direction(residual);
  let search = preconditioned;
  let energy = -dot(residual, preconditioned);
  const enough = energy * 0.01;
  for (
    let product = 0;
    product < MOST_PRODUCTS && energy > enough && objective.passes < mostPasses;
    product++
  ) {
    const image = yield* objective.hessianTimes(point.position, search);
    const curvature = dot(search, image);
    if (!(curvature > 0)) break;
    const length = energy / curvature;
    addScaled(direction, length, search, direction);
    const before = residual.slice();
    addScaled(residual, length, image, residual);
    preconditioned = memory.direction(residual);
    const next = -dot(residual, preconditioned);
    if (!(next > 0)) break;
    search = addScaled(preconditioned, (next + dot(before, preconditioned)) / energy, search);
    energy = next;
  }
  return dot(direction, point.gradient) < 0 ? direction : memory.direction(point.gradient);
}
