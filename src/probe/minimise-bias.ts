/**
 * Newton's method on the bias alone, W fixed:
 *
 *     H delta = -grad_b        H = diag(E[p]) - E[p p']        E[p] = grad_b + class frequencies
 *
 * by conjugate gradients. H is singular along (1, ..., 1), to which grad_b is orthogonal. Without second moments
 * (thousands of classes), delta = log(frequency / E[p]) instead: it minimises the bound that Jensen's inequality
 * puts on F(b + delta), so it never raises the loss.
 */
import { biasSlope, type Objective, type Point } from './point.js';
import type { Asking } from './solver-protocol.js';
import { dot } from './vectors.js';

const MOST_STEPS = 20;
const MOST_HALVINGS = 12;

/**
 * Minimises over the bias until sum |dF/db| is at most `slope`, or float32 allows no better.
 *
 * @returns a point with the same W and a loss that is not higher.
 */
export function* minimiseBias(
  objective: Objective,
  start: Point,
  options: { readonly frequencies: Float64Array; readonly slope: number },
): Asking<Point> {
  const { shape } = objective;
  let point = start;
  for (let step = 0; step < MOST_STEPS && biasSlope(point, shape) > options.slope; step++) {
    if (step === 0 && point.secondMoment === undefined) point = yield* objective.at(point.position, true);
    const next = yield* dampedStep(objective, point, options.frequencies);
    if (next === undefined) break;
    const halved = biasSlope(next, shape) < biasSlope(point, shape) / 2;
    const flat = point.objective - next.objective < objective.noise * point.objective;
    point = next;
    if (flat && !halved) break;
  }
  return point;
}

function* dampedStep(
  objective: Objective,
  point: Point,
  frequencies: Float64Array,
): Asking<Point | undefined> {
  const classes = frequencies.length;
  const weights = point.position.length - classes;
  const delta = biasStep({
    gradient: point.gradient.subarray(weights),
    frequencies,
    secondMoment: point.secondMoment,
  });
  for (let halving = 0, length = 1; halving < MOST_HALVINGS; halving++, length /= 2) {
    const position = point.position.slice();
    for (let at = 0; at < classes; at++) position[weights + at]! += length * delta[at]!;
    const trial = yield* objective.at(position, true);
    if (trial.objective <= point.objective * (1 + objective.noise)) return trial;
  }
  return undefined;
}

/** The step of the bias: Newton's where the second moments are known, the monotone one otherwise. */
export function biasStep(options: {
  readonly gradient: Float64Array;
  readonly frequencies: Float64Array;
  readonly secondMoment: Float64Array | undefined;
}): Float64Array {
  const { gradient, frequencies, secondMoment } = options;
  const mean = frequencies.map((frequency, at) => frequency + gradient[at]!);
  if (secondMoment === undefined) {
    return frequencies.map((frequency, at) => Math.log(frequency / Math.max(mean[at]!, frequency * 1e-6)));
  }
  return conjugateGradients(
    hessian(mean, secondMoment),
    gradient.map((value) => -value),
  );
}

function hessian(mean: Float64Array, secondMoment: Float64Array): Float64Array {
  const classes = mean.length;
  return secondMoment.map((moment, at) => {
    const row = Math.floor(at / classes);
    return at % classes === row ? mean[row]! - moment + 1e-12 : -moment;
  });
}

/** Solves A x = b for a symmetric positive semi-definite A and b in its range, preconditioned by its diagonal. */
function conjugateGradients(matrix: Float64Array, right: Float64Array): Float64Array {
  const size = right.length;
  const inverse = right.map((_, at) => 1 / Math.max(matrix[at * size + at]!, 1e-12));
  const solution = new Float64Array(size);
  const residual = right.slice();
  let direction = residual.map((value, at) => value * inverse[at]!);
  let energy = dot(residual, direction);
  const enough = energy * 1e-16;
  for (let step = 0; step < 2 * size + 10 && energy > enough; step++) {
    const image = product(matrix, direction);
    const curvature = dot(direction, image);
    if (!(curvature > 0)) break;
    const length = energy / curvature;
    for (let at = 0; at < size; at++) {
      solution[at]! += length * direction[at]!;
      residual[at]! -= length * image[at]!;
    }
    const scaled = residual.map((value, at) => value * inverse[at]!);
    const next = dot(residual, scaled);
    direction = direction.map((value, at) => scaled[at]! + (next / energy) * value);
    energy = next;
  }
  return solution;
}

function product(matrix: Float64Array, vector: Float64Array): Float64Array {
  const size = vector.length;
  return vector.map((_, row) => dot(matrix.subarray(row * size, (row + 1) * size), vector));
}
