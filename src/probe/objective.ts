/**
 * The objective of a softmax probe, as scikit-learn states it:
 *
 *     F(W, b) = (1/n) sum_i [ log sum_c exp(z_ic) - z_iy ]  +  (l2 / 2) ||W||^2       z = X W + b
 *     grad_W  = (1/n) X' R + l2 W        grad_b = (1/n) 1' R        R = P - Y,  P = softmax(z)
 *
 * over the n labelled rows; the bias is not penalised. W lies as (features, classes), row by row, followed by b:
 * a position has (features + 1) * classes numbers. Here is the first term, the cross-entropy, and its gradient;
 * the penalty is the solver's, who knows l2. Sums over rows within a chunk are float32 matrix products, sums
 * over chunks and sums of losses float64.
 *
 * The problems of a column stand side by side: their weights are one wide matrix, so that X is read once in a pass,
 * whatever their number.
 */
import { columnsOf, type ProblemSums, type RowPasses } from './row-passes.js';
import type { Answer, Ask } from './solver-protocol.js';

/** Classes beyond this have no (classes, classes) matrix of second moments: it would not fit. */
const MOST_CURVED_CLASSES = 4096;

/** One problem in a pass: its labels (negative: not counted) and the point it asks about. */
export interface PassProblem {
  readonly classes: number;
  readonly labels: Int32Array;
  readonly labelled: number;
  readonly ask: Ask;
}

/**
 * Goes through the rows once and answers every problem: cross-entropy, its gradient, and where asked the second
 * moment of the probabilities.
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function evaluatePass(options: {
  readonly passes: RowPasses;
  readonly problems: readonly PassProblem[];
  readonly signal?: AbortSignal | undefined;
}): Promise<Answer[]> {
  const { passes, problems, signal } = options;
  const columns = columnsOf(problems);
  const { gradient, problems: sums } = await passes.accumulate({
    weights: wideWeights(problems, passes.features),
    problems: problems.map(({ classes, labels, ask }) => ({
      ...{ classes, labels },
      curvature: ask.curvature && classes <= MOST_CURVED_CLASSES,
    })),
    signal,
  });
  return splitAnswers({ problems, sums, gradient, columns });
}

/** The weights of all problems as one matrix over the features, (features, columns), and their biases below. */
function wideWeights(problems: readonly PassProblem[], features: number): Float32Array {
  const columns = columnsOf(problems);
  const wide = new Float32Array((features + 1) * columns);
  let column = 0;
  for (const { classes, ask } of problems) {
    copyBlock({
      from: ask.position,
      fromWidth: classes,
      to: wide,
      toWidth: columns,
      toColumn: column,
      width: classes,
    });
    column += classes;
  }
  return wide;
}

/** Copies a (rows, width) block between two row-by-row matrices; the rows are as many as fit `from`. */
function copyBlock(options: {
  readonly from: Float64Array;
  readonly fromWidth: number;
  readonly fromColumn?: number;
  readonly to: Float32Array | Float64Array;
  readonly toWidth: number;
  readonly toColumn?: number;
  readonly width: number;
}): void {
  const { from, fromWidth, fromColumn = 0, to, toWidth, toColumn = 0, width } = options;
  const rows = from.length / fromWidth;
  for (let row = 0; row < rows; row++) {
    const source = row * fromWidth + fromColumn;
    const target = row * toWidth + toColumn;
    for (let at = 0; at < width; at++) to[target + at] = from[source + at]!;
  }
}

function splitAnswers(options: {
  readonly problems: readonly PassProblem[];
  readonly sums: readonly ProblemSums[];
  readonly gradient: Float64Array;
  readonly columns: number;
}): Answer[] {
  const { problems, sums, gradient, columns } = options;
  let column = 0;
  return problems.map(({ classes, labelled, ask }, index) => {
    const { loss, squares, moments } = sums[index]!;
    const own = new Float64Array(ask.position.length);
    copyBlock({
      from: gradient,
      fromWidth: columns,
      fromColumn: column,
      to: own,
      toWidth: classes,
      width: classes,
    });
    centreRows(own, classes);
    column += classes;
    return {
      crossEntropy: loss / labelled,
      gradient: own.map((value) => value / labelled),
      squares: squares / labelled,
      secondMoment: moments?.map((value) => value / labelled),
    };
  });
}

/**
 * Makes each row of a gradient sum to zero over the classes, as it does but for rounding (the rows of R do). Else
 * the weights would drift along the direction that changes no probability, where nothing holds them.
 */
function centreRows(gradient: Float64Array, classes: number): void {
  for (let start = 0; start < gradient.length; start += classes) {
    const row = gradient.subarray(start, start + classes);
    const mean = row.reduce((sum, value) => sum + value, 0) / classes;
    for (let at = 0; at < classes; at++) row[at]! -= mean;
  }
}
