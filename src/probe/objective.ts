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
 * The problems of a column stand side by side: their weights are one wide matrix, so that each chunk of X is
 * read twice in a pass, whatever their number.
 */
import { setImmediate } from 'node:timers/promises';
import tf from '@tensorflow/tfjs';
import { InterruptedError } from '../errors.js';
import type { Basis } from './basis.js';
import { computed } from './computed.js';
import type { Answer, Ask } from './solver-protocol.js';
import type { StandardisedRows } from './standardised-rows.js';

/** Classes beyond this have no (classes, classes) matrix of second moments: it would not fit. */
const MOST_CURVED_CLASSES = 4096;

/** Up to this many columns the gradient is computed transposed. */
const MOST_NARROW_COLUMNS = 48;

/** One problem in a pass: its labels (negative: not counted) and the point it asks about. */
export interface PassProblem {
  readonly classes: number;
  readonly labels: Int32Array;
  readonly labelled: number;
  readonly ask: Ask;
}

interface Sums {
  loss: number;
  readonly bias: Float64Array;
  readonly secondMoment: Float64Array | undefined;
}

/**
 * Goes through the rows once and answers every problem: cross-entropy, its gradient, and where asked the second
 * moment of the probabilities.
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function evaluatePass(options: {
  readonly rows: StandardisedRows;
  readonly basis: Basis;
  readonly problems: readonly PassProblem[];
  readonly signal?: AbortSignal | undefined;
}): Promise<Answer[]> {
  const { rows, basis, problems, signal } = options;
  const columns = problems.reduce((sum, { classes }) => sum + classes, 0);
  const gradient = new Float64Array(rows.features * columns);
  const sums = problems.map(startSums);
  const { weight, bias } = wideWeights(problems, rows.features, basis);
  try {
    for await (const { features, start, rows: count } of rows.chunks()) {
      tf.tidy(() => {
        const logits = tf.add<tf.Tensor2D>(tf.matMul(features, weight), bias);
        const residual = wideResidual({ problems, logits, start, count, sums });
        addInto(gradient, transposedProduct(features, residual).dataSync());
      });
      // Passes over resident rows never wait for a file: without this, signals and timers would starve.
      await setImmediate();
      if (signal?.aborted) throw new InterruptedError('probing was interrupted');
    }
  } finally {
    weight.dispose();
    bias.dispose();
  }
  return splitAnswers({ problems, sums, gradient: rotate(gradient, rows.features, columns, basis), columns });
}

function startSums({ classes, ask }: PassProblem): Sums {
  const curved = ask.curvature && classes <= MOST_CURVED_CLASSES;
  return {
    loss: 0,
    bias: new Float64Array(classes),
    secondMoment: curved ? new Float64Array(classes * classes) : undefined,
  };
}

/** The weights of all problems as one matrix over the features, (features, columns), and their biases. */
function wideWeights(problems: readonly PassProblem[], features: number, basis: Basis) {
  const columns = problems.reduce((sum, { classes }) => sum + classes, 0);
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
  const weight = tf.tidy(() =>
    basis.toFeatures(tf.tensor2d(wide.subarray(0, features * columns), [features, columns])),
  );
  return { weight, bias: tf.tensor1d(wide.subarray(features * columns)) };
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

/** P - Y of every problem, (rows, columns), adding losses and bias gradients to `sums` on the way. */
function wideResidual(options: {
  readonly problems: readonly PassProblem[];
  readonly logits: tf.Tensor2D;
  readonly start: number;
  readonly count: number;
  readonly sums: readonly Sums[];
}): tf.Tensor2D {
  const { problems, logits, start, count, sums } = options;
  let column = 0;
  const parts = problems.map((problem, index) => {
    const own = problems.length === 1 ? logits : logits.slice([0, column], [count, problem.classes]);
    column += problem.classes;
    return residualOf(own, problem.labels.subarray(start, start + count), sums[index]!);
  });
  return parts.length === 1 ? parts[0]! : tf.concat2d(parts, 1);
}

function residualOf(logits: tf.Tensor2D, labels: Int32Array, sums: Sums): tf.Tensor2D {
  const unlabelled = labels.some((label) => label < 0);
  const shifted = tf.sub<tf.Tensor2D>(logits, tf.max(logits, 1, true));
  const exponentials = tf.exp(shifted);
  const totals = tf.sum<tf.Tensor2D>(exponentials, 1, true);
  const truth = tf.oneHot(
    tf.tensor1d(unlabelled ? labels.map((label) => Math.max(0, label)) : labels, 'int32'),
    logits.shape[1],
  );
  const losses = tf.sub(tf.log(tf.squeeze(totals, [1])), tf.sum(tf.mul(shifted, truth), 1)).dataSync();
  const counted = unlabelled ? tf.tensor2d(labelledMask(labels), [labels.length, 1]) : undefined;
  const mask = (values: tf.Tensor2D) =>
    counted === undefined ? values : tf.mul<tf.Tensor2D>(values, counted);
  const probabilities = tf.div<tf.Tensor2D>(exponentials, totals);
  const residual = mask(tf.sub(probabilities, truth));
  for (let row = 0; row < labels.length; row++) if (labels[row]! >= 0) sums.loss += losses[row]!;
  addInto(sums.bias, tf.sum(residual, 0).dataSync());
  if (sums.secondMoment !== undefined) {
    const own = mask(probabilities);
    addInto(sums.secondMoment, tf.matMul(own, own, true, false).dataSync());
  }
  return residual;
}

function labelledMask(labels: Int32Array): Float32Array {
  return Float32Array.from(labels, (label) => (label < 0 ? 0 : 1));
}

function addInto(sums: Float64Array, values: ArrayLike<number>): void {
  for (let at = 0; at < sums.length; at++) sums[at]! += values[at]!;
}

/**
 * X' R. With few columns TensorFlow is up to twice as fast at R' X, where the long side of X is the inner one of
 * the result too; with many it is slower.
 */
function transposedProduct(features: tf.Tensor2D, residual: tf.Tensor2D): tf.Tensor {
  if (residual.shape[1] > MOST_NARROW_COLUMNS) return tf.matMul(features, residual, true, false);
  return tf.transpose(tf.matMul(residual, features, true, false));
}

/** The gradient by the features, in the coordinates of the basis. */
function rotate(gradient: Float64Array, features: number, columns: number, basis: Basis): Float64Array {
  if (basis.kind === 'identity') return gradient;
  const values = computed(() =>
    basis.fromFeatures(tf.tensor2d(new Float32Array(gradient), [features, columns])),
  );
  return new Float64Array(values);
}

function splitAnswers(options: {
  readonly problems: readonly PassProblem[];
  readonly sums: readonly Sums[];
  readonly gradient: Float64Array;
  readonly columns: number;
}): Answer[] {
  const { problems, sums, gradient, columns } = options;
  let column = 0;
  return problems.map(({ classes, labelled, ask }, index) => {
    const { loss, bias, secondMoment } = sums[index]!;
    const own = new Float64Array(ask.position.length);
    copyBlock({
      from: gradient,
      fromWidth: columns,
      fromColumn: column,
      to: own,
      toWidth: classes,
      width: classes,
    });
    own.set(bias, own.length - classes);
    centreRows(own, classes);
    column += classes;
    return {
      crossEntropy: loss / labelled,
      gradient: own.map((value) => value / labelled),
      secondMoment: secondMoment?.map((value) => value / labelled),
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
