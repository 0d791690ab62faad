/**
 * The minimisers of one probe's objective for a falling series of l2 values, each to
 *
 *     ||grad_W F||^2 / (2 l2) + what the bias and rounding add (bound.ts)  <=  tolerance * F
 *
 * by L-BFGS from the one before, which also hands on what it learnt of the curvature. Passes are float32 until that leads no
 * further down, takes long, or cannot tell whether the bound holds; from there on they are float64, and where it takes very long
 * the steps are Newton's (newton-step.ts). From the third value on the path is extrapolated, W_k + t (W_k - W_{k-1}) with t
 * the ratio of the steps in log l2, and taken from there if that is lower.
 */
import { type BoundContext, boundsAt } from './bound.js';
import { CurvatureMemory } from './curvature-memory.js';
import { lineSearch } from './line-search.js';
import { minimiseBias } from './minimise-bias.js';
import { type NewtonOptions, newtonStep } from './newton-step.js';
import { gapBound, Objective, type Point, type ProblemShape, underL2 } from './point.js';
import type { PreconditionerAt } from './preconditioner.js';
import type { Precision } from './row-passes.js';
import type { Asking } from './solver-protocol.js';
import { addScaled } from './vectors.js';

/** A probe to train. */
export interface PathProblem extends BoundContext {
  /** Falling. */
  readonly l2: readonly number[];
  /** Where the path begins; else at no weights and the class frequencies. */
  readonly start?: Float64Array | undefined;
  readonly precondition: PreconditionerAt;
  /** Makes the same in float64, where that is worth it. */
  exactly(objective: Objective, point: Point): Asking<PreconditionerAt | undefined>;
  readonly tolerance: number;
  /** Most passes for each l2 value, but for those that make its certificate. In float64 a pass takes about twice as long. */
  readonly maxPasses: number;
  /** Pairs of vectors that L-BFGS remembers, and those that Newton's systems may take. */
  readonly memory: number;
  readonly directions: number;
}

/** The end of the training for one l2 value. */
export interface PathPoint {
  readonly point: Point;
  /** Upper bound on F - F*. */
  readonly gap: number;
  readonly converged: boolean;
  readonly passes: number;
}

/** The bias counts as minimised when its slope is below this part of the tolerance. */
const BIAS_TOLERANCE = 1e-3;

/** The second moments, which the certificate needs, are asked for when the bound is this near to the tolerance. */
const NEAR = 10;

/** The mean curvature counts as at least this part of what it is where W = 0. */
const LEAST_CURVATURE = 1e-4;

/** The preconditioner is made anew when the mean curvature has fallen or risen by this factor. */
const STALE = 2;

/** Passes for one l2 value after which all is float64, the preconditioner too; and those after which steps are Newton's. */
const SLOW = 80;
const SLOWER = 140;

/** Steps without progress after which float32 is given up, and then float64. */
const MOST_IDLE_STEPS: Readonly<Record<Precision, number>> = { float32: 8, float64: 40 };

/** Solves the problem for every l2 value. */
export function* trainPath(problem: PathProblem): Asking<PathPoint[]> {
  const path: PathPoint[] = [];
  let memory = new CurvatureMemory(problem.memory);
  for (const l2 of problem.l2) {
    const objective = new Objective(problem.shape, l2);
    const start = yield* startingPoint(problem, objective, path);
    memory = memory.carried({
      start: problem.precondition(curvatureAt(start, problem.shape), l2),
      added: l2 - (path.at(-1)?.point.l2 ?? l2),
      coordinates: problem.shape.features * problem.shape.classes,
    });
    path.push(yield* minimise(problem, { objective, memory, start }));
  }
  return path;
}

function* startingPoint(
  problem: PathProblem,
  objective: Objective,
  path: readonly PathPoint[],
): Asking<Point> {
  const last = path.at(-1)?.point;
  const earlier = path.at(-2)?.point;
  if (last === undefined) return yield* objective.at(problem.start ?? classFrequencies(problem), false);
  const warm = underL2(last, objective.l2, problem.shape);
  if (earlier === undefined) return warm;
  const ratio = Math.log(objective.l2 / last.l2) / Math.log(last.l2 / earlier.l2);
  const reach = Math.min(1, ratio);
  const position = addScaled(last.position, reach, addScaled(last.position, -1, earlier.position));
  const extrapolated = yield* objective.at(position, false);
  return extrapolated.objective < warm.objective ? extrapolated : warm;
}

/** W = 0 with the bias at its minimum there, centred. */
function classFrequencies({ shape, frequencies }: PathProblem): Float64Array {
  const position = new Float64Array((shape.features + 1) * shape.classes);
  const bias = frequencies.map(Math.log);
  const mean = bias.reduce((sum, value) => sum + value, 0) / shape.classes;
  position.set(
    bias.map((value) => value - mean),
    shape.features * shape.classes,
  );
  return position;
}

function* minimise(
  problem: PathProblem,
  { objective, memory, start }: { objective: Objective; memory: CurvatureMemory; start: Point },
): Asking<PathPoint> {
  const { shape, tolerance, maxPasses } = problem;
  const excess = (at: Point) => gapBound(at, shape) / (tolerance * at.objective);
  let point = start;
  let made = curvatureAt(start, shape);
  let { precondition } = problem;
  let patience = new Patience();
  let promising = 1;
  for (let stuck = false; ; ) {
    const spent = objective.passes >= maxPasses;
    const ended = stuck || spent || patience.ended(point, excess(point), objective.noise);
    const last = ended && (spent || objective.precision === 'float64');
    if (last || excess(point) <= promising) {
      const certified = yield* certify(problem, { objective, point, last });
      point = certified.point;
      const converged = certified.gap <= tolerance * point.objective;
      if (converged || last) return { ...certified, converged, passes: objective.passes };
      promising = Math.max(0.1, promising * 0.7);
    }
    if ((ended || objective.passes >= SLOW) && objective.precision === 'float32') {
      point = yield* inFloat64(objective, point);
      precondition = (yield* problem.exactly(objective, point)) ?? precondition;
      patience = new Patience();
      memory.clear();
      made = 0;
    }
    const curvature = curvatureAt(point, shape);
    if (Math.max(made / curvature, curvature / made) > STALE) {
      memory.restart(precondition(curvature, objective.l2));
      made = curvature;
    }
    const wanted = excess(point) <= NEAR;
    const next = yield* objective.passes >= SLOWER
      ? secondOrderStep(objective, point, {
          ...{ memory, curvature: wanted, mostPasses: maxPasses },
          directions: problem.directions,
        })
      : quasiNewtonStep(objective, point, { memory, curvature: wanted });
    stuck = next === undefined;
    point = next ?? point;
  }
}

function* inFloat64(objective: Objective, { position, secondMoment }: Point): Asking<Point> {
  objective.precision = 'float64';
  return yield* objective.at(position, secondMoment !== undefined);
}

/**
 * The bound at a point, after the bias is brought nearer to its minimum where that alone keeps the bound above the
 * tolerance; and in float64 where rounding alone does, and at a point that is the last.
 */
function* certify(
  problem: PathProblem,
  { objective, point: given, last }: { objective: Objective; point: Point; last: boolean },
): Asking<{ point: Point; gap: number }> {
  const { tolerance, frequencies } = problem;
  const enough = tolerance * given.objective;
  let point = given.secondMoment === undefined ? yield* objective.at(given.position, true) : given;
  let bounds = boundsAt(point, problem);
  for (;;) {
    if (bounds.unrounded > enough && (bounds.minimised <= enough || last)) {
      point = yield* minimiseBias(objective, point, { frequencies, slope: BIAS_TOLERANCE * enough });
      bounds = boundsAt(point, problem);
    }
    const doubtful = bounds.unrounded <= enough ? bounds.gap > enough : last;
    if (!doubtful || objective.precision === 'float64') return { point, gap: bounds.gap };
    point = yield* inFloat64(objective, point);
    bounds = boundsAt(point, problem);
  }
}

/** One truncated Newton step, and where that finds nothing an L-BFGS step. */
function* secondOrderStep(
  objective: Objective,
  point: Point,
  options: NewtonOptions,
): Asking<Point | undefined> {
  const next = yield* newtonStep(objective, point, options);
  if (next === undefined) return yield* quasiNewtonStep(objective, point, options);
  options.memory.push(
    addScaled(next.position, -1, point.position),
    addScaled(next.gradient, -1, point.gradient),
  );
  return next;
}

/** One L-BFGS step; undefined when not even the plain scaled gradient leads down. */
function* quasiNewtonStep(
  objective: Objective,
  point: Point,
  options: { readonly memory: CurvatureMemory; readonly curvature: boolean },
): Asking<Point | undefined> {
  const { memory, curvature } = options;
  for (;;) {
    const fresh = memory.size === 0;
    const direction = memory.direction(point.gradient);
    const next = yield* lineSearch(objective, point, { direction, curvature });
    if (next !== undefined) {
      memory.push(addScaled(next.position, -1, point.position), addScaled(next.gradient, -1, point.gradient));
      return next;
    }
    if (fresh) return undefined;
    memory.clear();
  }
}

/** Says when rounding allows no more: many steps in which neither the loss fell visibly nor the gap halved. */
class Patience {
  private steps = 0;
  private objective = Number.POSITIVE_INFINITY;
  private gap = Number.POSITIVE_INFINITY;

  ended({ objective, precision }: Point, gap: number, noise: number): boolean {
    if (objective < this.objective * (1 - noise) || gap < this.gap / 2) {
      this.objective = Math.min(objective, this.objective);
      this.gap = Math.min(gap, this.gap);
      this.steps = 0;
    }
    return this.steps++ > MOST_IDLE_STEPS[precision];
  }
}

/** w = (1 - E||p||^2) / (classes - 1), the mean curvature of the softmax: 1 / classes where W = 0. */
function curvatureAt({ squares }: Point, { classes }: ProblemShape): number {
  return Math.max(LEAST_CURVATURE / classes, (1 - squares) / (classes - 1));
}
