/**
 * The probe's objective and its minimiser in float64, by the shortest code there is: dense loops, and Newton's
 * method with the full Hessian. For problems with a few dozen numbers only.
 */
import type { Answer, Ask } from '../../src/probe/solver-protocol.js';

/** A problem over features as they are: standardise before. */
export interface ReferenceProblem {
  readonly rows: readonly (readonly number[])[];
  /** Negative: the row does not count. */
  readonly labels: ArrayLike<number>;
  readonly classes: number;
}

/** Softmax probabilities of every row at a position. */
export function probabilitiesAt({ rows, classes }: ReferenceProblem, position: Float64Array): number[][] {
  return rows.map((row) => {
    const logits = Array.from({ length: classes }, (_, label) =>
      [...row, 1].reduce((sum, value, at) => sum + value * position[at * classes + label]!, 0),
    );
    const largest = Math.max(...logits);
    const powers = logits.map((logit) => Math.exp(logit - largest));
    const total = powers.reduce((a, b) => a + b);
    return powers.map((power) => power / total);
  });
}

/** Cross-entropy, gradient and second moment of the probabilities: what a pass answers. */
export function referenceAnswer(
  problem: ReferenceProblem,
  position: Float64Array,
): Answer & { secondMoment: Float64Array } {
  const { rows, labels, classes } = problem;
  const counted = rows.map((_, row) => row).filter((row) => labels[row]! >= 0);
  const probabilities = probabilitiesAt(problem, position);
  const gradient = new Float64Array(position.length);
  const secondMoment = new Float64Array(classes * classes);
  let [crossEntropy, squares] = [0, 0];
  for (const row of counted) {
    const own = probabilities[row]!;
    crossEntropy -= Math.log(own[labels[row]!]!) / counted.length;
    squares += own.reduce((sum, value) => sum + value ** 2, 0) / counted.length;
    for (let label = 0; label < classes; label++) {
      const residual = own[label]! - Number(label === labels[row]);
      for (const [at, value] of [...rows[row]!, 1].entries()) {
        gradient[at * classes + label]! += (value * residual) / counted.length;
      }
      for (let other = 0; other < classes; other++) {
        secondMoment[label * classes + other]! += (own[label]! * own[other]!) / counted.length;
      }
    }
  }
  return { crossEntropy, squares, gradient, secondMoment };
}

/** F and its gradient. */
export function referenceObjective(problem: ReferenceProblem, position: Float64Array, l2: number) {
  const { crossEntropy, gradient } = referenceAnswer(problem, position);
  const weights = position.length - problem.classes;
  let squares = 0;
  for (let at = 0; at < weights; at++) {
    gradient[at]! += l2 * position[at]!;
    squares += position[at]! ** 2;
  }
  return { objective: crossEntropy + (l2 / 2) * squares, crossEntropy, gradient };
}

/** The minimiser of F, to rounding. */
export function referenceMinimum(problem: ReferenceProblem, l2: number) {
  const { rows, classes } = problem;
  let position = new Float64Array((rows[0]!.length + 1) * classes);
  for (let step = 0; step < 200; step++) {
    const { objective, gradient } = referenceObjective(problem, position, l2);
    const direction = solve(
      hessian(problem, position, l2),
      gradient.map((value) => -value),
    );
    const slope = direction.reduce((sum, value, at) => sum + value * gradient[at]!, 0);
    if (slope > -1e-18) break;
    for (let length = 1; length > 1e-9; length /= 2) {
      const trial = position.map((value, at) => value + length * direction[at]!);
      if (referenceObjective(problem, trial, l2).objective <= objective + 1e-4 * length * slope) {
        position = trial;
        break;
      }
    }
  }
  return { position, ...referenceObjective(problem, position, l2) };
}

function hessian(problem: ReferenceProblem, position: Float64Array, l2: number): Float64Array[] {
  const { rows, labels, classes } = problem;
  const size = position.length;
  const matrix = Array.from({ length: size }, (_, at) => {
    const line = new Float64Array(size);
    line[at] = at < size - classes ? l2 : 1e-12;
    return line;
  });
  const probabilities = probabilitiesAt(problem, position);
  const counted = rows.map((_, row) => row).filter((row) => labels[row]! >= 0);
  for (const row of counted) {
    const own = probabilities[row]!;
    const input = [...rows[row]!, 1];
    for (let left = 0; left < size; left++) {
      for (let right = 0; right < size; right++) {
        const [a, b] = [left % classes, right % classes];
        const bend = own[a]! * (Number(a === b) - own[b]!);
        const inputs = input[Math.floor(left / classes)]! * input[Math.floor(right / classes)]!;
        matrix[left]![right]! += (bend * inputs) / counted.length;
      }
    }
  }
  return matrix;
}

/** Gaussian elimination with pivoting. */
export function solve(matrix: Float64Array[], right: Float64Array): Float64Array {
  const lines = matrix.map((line, at) => [...line, right[at]!]);
  const size = right.length;
  for (let column = 0; column < size; column++) {
    const pivot = lines
      .slice(column)
      .reduce((best, line) => (Math.abs(line[column]!) > Math.abs(best[column]!) ? line : best));
    lines.splice(lines.indexOf(pivot), 1);
    lines.splice(column, 0, pivot);
    for (const line of lines.slice(column + 1)) {
      const factor = line[column]! / pivot[column]!;
      for (let at = column; at <= size; at++) line[at]! -= factor * pivot[at]!;
    }
  }
  const solution = new Float64Array(size);
  for (let row = size - 1; row >= 0; row--) {
    const line = lines[row]!;
    let rest = line[size]!;
    for (let at = row + 1; at < size; at++) rest -= line[at]! * solution[at]!;
    solution[row] = rest / line[row]!;
  }
  return solution;
}

/** Rows standardised in float64, features that do not vary dropped. */
export function standardisedRows(features: Float32Array, width: number): number[][] {
  return standardisedBy(features, width, () => true);
}

/** All rows, standardised by some of them. */
export function standardisedBy(
  features: Float32Array,
  width: number,
  counts: (row: number) => boolean,
): number[][] {
  const rows = Array.from({ length: features.length / width }, (_, row) => row);
  const counted = rows.filter(counts);
  const columns = Array.from({ length: width }, (_, feature) => {
    const at = (row: number) => features[row * width + feature]!;
    const mean = counted.reduce((sum, row) => sum + at(row), 0) / counted.length;
    const squares = counted.reduce((sum, row) => sum + (at(row) - mean) ** 2, 0);
    const deviation = Math.sqrt(squares / counted.length);
    return deviation === 0 ? undefined : rows.map((row) => (at(row) - mean) / deviation);
  });
  const varying = columns.filter((column) => column !== undefined);
  return rows.map((row) => varying.map((column) => column[row]!));
}

/** The Hessian of the cross-entropy times a direction. */
export function productOf(
  problem: ReferenceProblem,
  position: Float64Array,
  direction: Float64Array,
): Float64Array {
  return Float64Array.from(hessian(problem, position, 0), (line, at) => {
    // The reference adds 1e-12 to the diagonal of the bias.
    const bias = at < direction.length - problem.classes ? 0 : 1e-12 * direction[at]!;
    return line.reduce((sum, value, own) => sum + value * direction[own]!, -bias);
  });
}

function momentOf({ rows, labels }: ReferenceProblem): Float64Array {
  const counted = rows.filter((_, row) => labels[row]! >= 0);
  const size = rows[0]!.length;
  return Float64Array.from({ length: size * size }, (_, at) =>
    counted.reduce((sum, row) => sum + (row[Math.floor(at / size)]! * row[at % size]!) / counted.length, 0),
  );
}

/** Runs a solver against the float64 reference, counting its passes. */
export function drive<Result>(
  solver: Generator<Ask, Result, Answer>,
  problem: ReferenceProblem,
): { result: Result; passes: number } {
  let turn = solver.next();
  let passes = 0;
  for (; !turn.done; passes++) {
    const { position, curvature, direction, features } = turn.value;
    const { secondMoment, ...answer } = referenceAnswer(problem, position);
    if (direction !== undefined) answer.gradient.set(productOf(problem, position, direction));
    const featureMoment = features ? momentOf(problem) : undefined;
    turn = solver.next({ ...answer, featureMoment, secondMoment: curvature ? secondMoment : undefined });
  }
  return { result: turn.value, passes };
}
