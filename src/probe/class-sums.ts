/**
 * The sums Z'Y of the rows of each class, from one pass of softmax regression: with one class more, which no row
 * belongs to, and biases that give it the whole probability, P - Y is -1 at a row's own class, 1 at the added one and 0
 * elsewhere, exactly. In float64: what classes differ by may be a small part of what they sum to. So Z'(P - Y) is -Z'Y, and at the added class the sum of all rows that count.
 */
import type { ProbeLabels } from './probe-labels.js';
import { columnsOf, type RowPasses } from './row-passes.js';

/** What the rows of one label set's classes sum to. */
export interface ClassSums {
  readonly features: number;
  readonly classes: number;
  /** Rows with a label, and those of each class. */
  readonly rows: number;
  readonly counts: Float64Array;
  /** (features, classes), row by row. */
  readonly sums: Float64Array;
  /** Over all rows with a label, (features). */
  readonly total: Float64Array;
}

/** So small a logit beside 0 is a probability of 0 in float32. */
const NEVER = -1000;

/** Sums the rows of each class of each label set. @throws as RowPasses. */
export async function classSums(
  passes: RowPasses,
  labels: readonly ProbeLabels[],
  signal?: AbortSignal,
): Promise<ClassSums[]> {
  const problems = labels.map((own) => ({
    classes: own.present.length + 1,
    labels: own.labels.train,
    curvature: false,
  }));
  const columns = columnsOf(problems);
  const weights = new Float32Array((passes.features + 1) * columns);
  const biases = weights.subarray(passes.features * columns);
  let column = 0;
  const first = problems.map(({ classes }) => {
    biases.fill(NEVER, column, column + classes - 1);
    column += classes;
    return column - classes;
  });
  const { gradient } = await passes.accumulate({ weights, problems, signal, precision: 'float64' });
  return labels.map((own, at) =>
    sumsOf(own, { gradient, columns, first: first[at]!, features: passes.features }),
  );
}

function sumsOf(
  { present, labelled, frequencies }: ProbeLabels,
  wide: { gradient: Float64Array; columns: number; first: number; features: number },
): ClassSums {
  const { gradient, columns, first, features } = wide;
  const classes = present.length;
  const sums = new Float64Array(features * classes);
  const total = new Float64Array(features);
  for (let feature = 0; feature < features; feature++) {
    const row = feature * columns + first;
    for (let at = 0; at < classes; at++) sums[feature * classes + at] = -gradient[row + at]!;
    total[feature] = gradient[row + classes]!;
  }
  const counts = frequencies.map((part) => Math.round(part * labelled.train));
  return { features, classes, rows: labelled.train, counts, sums, total };
}

/** The mean row of each class, (features, classes). */
export function classMeans({ sums, counts, classes }: ClassSums): Float64Array {
  return sums.map((sum, at) => sum / counts[at % classes]!);
}
