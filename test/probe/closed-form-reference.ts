/**
 * Ridge regression and linear discriminant analysis in float64 by dense loops and Gaussian elimination, for problems
 * with a few dozen numbers only. Weights lie as those of a probe, (features, classes), biases apart.
 */
import { solve } from './reference-solver.js';

/** Rows that all count. */
export interface LabelledRows {
  readonly rows: readonly (readonly number[])[];
  readonly labels: readonly number[];
  readonly classes: number;
}

/** A linear map, logits = W' z + b. */
export interface LinearMap {
  readonly weight: readonly (readonly number[])[];
  readonly bias: readonly number[];
}

/** Leaves out rows without a label. */
export function labelledRows(
  rows: readonly (readonly number[])[],
  labels: Int32Array,
  classes: number,
): LabelledRows {
  const counted = rows.map((_, row) => row).filter((row) => labels[row]! >= 0);
  return { rows: counted.map((row) => rows[row]!), labels: counted.map((row) => labels[row]!), classes };
}

/** The minimiser of ||Y - Z W - 1 b'||^2 + alpha ||W||^2, from its normal equations with a column of ones. */
export function ridgeReference({ rows, labels, classes }: LabelledRows, alpha: number): LinearMap {
  const inputs = rows.map((row) => [...row, 1]);
  const size = inputs[0]!.length;
  const matrix = square(size, (left, right) =>
    inputs.reduce(
      (sum, row) => sum + row[left]! * row[right]!,
      left === right && left < size - 1 ? alpha : 0,
    ),
  );
  const columns = Array.from({ length: classes }, (_, at) => {
    const right = Float64Array.from({ length: size }, (_, own) =>
      inputs.reduce((sum, row, place) => sum + (labels[place] === at ? row[own]! : 0), 0),
    );
    return solve(matrix, right);
  });
  return {
    weight: Array.from({ length: size - 1 }, (_, own) => columns.map((column) => column[own]!)),
    bias: columns.map((column) => column[size - 1]!),
  };
}

/** Leave-one-out by fitting again without each row. */
export function leaveOneOutReference(problem: LabelledRows, alpha: number): { error: number; loss: number } {
  let [errors, squares] = [0, 0];
  const without = <T>(list: readonly T[], place: number) => list.filter((_, at) => at !== place);
  for (const [place, row] of problem.rows.entries()) {
    const rest = { ...problem, rows: without(problem.rows, place), labels: without(problem.labels, place) };
    const scores = logitsOf(ridgeReference(rest, alpha), row);
    const label = problem.labels[place]!;
    errors += Number(scores.indexOf(Math.max(...scores)) !== label);
    squares += scores.reduce((sum, score, at) => sum + (score - Number(at === label)) ** 2, 0);
  }
  return { error: errors / problem.rows.length, loss: squares / problem.rows.length };
}

/** The discriminants with S = (1 - shrinkage) S_w + shrinkage (trace S_w / features) 1. */
export function discriminantReference(problem: LabelledRows, shrinkage: number): LinearMap {
  const { rows, labels, classes } = problem;
  const features = rows[0]!.length;
  const means = meansOf(problem);
  const within = square(features, (left, right) =>
    rows.reduce((sum, row, place) => {
      const mean = means[labels[place]!]!;
      return sum + ((row[left]! - mean[left]!) * (row[right]! - mean[right]!)) / rows.length;
    }, 0),
  );
  const spread = within.reduce((sum, line, at) => sum + line[at]!, 0) / features;
  const matrix = square(
    features,
    (left, right) => (1 - shrinkage) * within[left]![right]! + (left === right ? shrinkage * spread : 0),
  );
  const columns = means.map((mean) => solve(matrix, Float64Array.from(mean)));
  const bias = columns.map((column, at) => {
    const prior = labels.filter((label) => label === at).length / rows.length;
    return Math.log(prior) - column.reduce((sum, value, own) => sum + value * means[at]![own]!, 0) / 2;
  });
  const weight = Array.from({ length: features }, (_, own) =>
    Array.from({ length: classes }, (_, at) => columns[at]![own]!),
  );
  return { weight, bias };
}

/** The mean row of each class. */
export function meansOf({ rows, labels, classes }: LabelledRows): number[][] {
  return Array.from({ length: classes }, (_, at) => {
    const own = rows.filter((_, place) => labels[place] === at);
    return rows[0]!.map((_, feature) => own.reduce((sum, row) => sum + row[feature]!, 0) / own.length);
  });
}

/** What a map says of a row. */
export function logitsOf({ weight, bias }: LinearMap, row: readonly number[]): number[] {
  return bias.map((shift, at) => row.reduce((sum, value, own) => sum + value * weight[own]![at]!, shift));
}

function square(size: number, entry: (row: number, column: number) => number): Float64Array[] {
  return Array.from({ length: size }, (_, row) =>
    Float64Array.from({ length: size }, (_, column) => entry(row, column)),
  );
}
