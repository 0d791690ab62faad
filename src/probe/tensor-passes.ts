import tf from '@tensorflow/tfjs';
import { type FeatureValues, widened } from '../read/shard-block.js';
import type { Split } from '../split.js';
import type { ColumnLabel } from './column-label.js';
import { computed } from './computed.js';
import { exactAccumulate, exactGram, exactMoments, exactScores } from './exact-passes.js';
import { STEPS } from './gradient-steps.js';
import { streamedWindows } from './minibatches.js';
import {
  type AccumulateWork,
  columnsOf,
  type Descent,
  type GramOptions,
  letEventsThrough,
  type RowPasses,
  type ScoredProblem,
  type WideProblem,
  type WideSums,
  type WideWeights,
} from './row-passes.js';
import { emptyScores, type RowScores, scoreRows } from './score.js';
import { type Standardisation, standardiseInto } from './standardise.js';
import { type RowChunk, StandardisedRows } from './standardised-rows.js';

/** Up to this many columns the gradient is computed transposed. */
const MOST_NARROW_COLUMNS = 48;

interface Sums {
  loss: number;
  squares: number;
  readonly moments: Float64Array | undefined;
}

/** Passes by the tensor library, on chunks of standardised rows: for WebAssembly and for a GPU. */
export class TensorPasses implements RowPasses {
  readonly rows: number;
  readonly features: number;
  readonly column: ColumnLabel;
  readonly split: Split;

  /** @param windowBytes - what a window of rows in random order may take. */
  constructor(
    private readonly standardised: StandardisedRows,
    private readonly windowBytes?: number,
  ) {
    this.rows = standardised.rows;
    this.features = standardised.features;
    this.column = standardised.options.column;
    this.split = standardised.options.split;
  }

  async accumulate(work: AccumulateWork): Promise<WideSums> {
    if (work.precision === 'float64') return exactAccumulate(this.standardised.options, work);
    const { weights, problems, signal } = work;
    const columns = columnsOf(problems);
    const gradient = new Float64Array((this.features + 1) * columns);
    const product = gradient.subarray(0, this.features * columns);
    const bias = gradient.subarray(this.features * columns);
    const sums = problems.map(({ classes, curvature }) => ({
      ...{ loss: 0, squares: 0 },
      moments: curvature ? new Float64Array(classes * classes) : undefined,
    }));
    await this.#each(weights, columns, signal, ({ features, start, rows }, logits) => {
      const residual = wideResidual({ problems, logits, start, rows, sums });
      addInto(product, transposedProduct(features, residual).dataSync());
      addInto(bias, tf.sum(residual, 0).dataSync());
    });
    return { gradient, problems: sums };
  }

  async score({ weights, problems, signal }: WideWeights<ScoredProblem>): Promise<RowScores[]> {
    const scores = problems.map(() => emptyScores(this.rows));
    const stride = columnsOf(problems);
    const doubtful = new Set<number>();
    const error = this.#logitError(weights, stride);
    await this.#each(weights, stride, signal, ({ start, features }, tensor) => {
      const logits = tensor.dataSync<'float32'>();
      const errors = tf
        .mul(tf.norm(features, 2, 1), error.factor)
        .add(error.constant)
        .dataSync<'float32'>();
      let offset = 0;
      for (const [at, { classes, labels }] of problems.entries()) {
        const own = scoreRows(scores[at]!, { logits, errors, offset, stride, classes, labels, start });
        for (const row of own) doubtful.add(row);
        offset += classes;
      }
    });
    if (doubtful.size > 0) {
      const rows = this.standardised.options;
      await exactScores(rows, scores, { weights, problems, signal, picked: doubtful });
    }
    return scores;
  }

  /**
   * How far a row's float32 logits may be off: (D + 4) u (||z|| ||W_c|| + |b_c|) at most, in any order of summation, the
   * row and the weights being rounded too.
   */
  #logitError(weights: Float32Array | Float64Array, columns: number): { factor: number; constant: number } {
    const squares = new Float64Array(columns);
    const biases = weights.length - columns;
    for (let at = 0; at < biases; at++) squares[at % columns]! += weights[at]! ** 2;
    const unit = (this.features + 4) * 2 ** -24;
    let constant = 0;
    for (const bias of weights.subarray(biases)) constant = Math.max(constant, Math.abs(bias));
    return { factor: unit * Math.sqrt(Math.max(...squares)), constant: unit * constant };
  }

  async gram({ signal, picks, precision }: GramOptions): Promise<Float64Array> {
    if (precision === 'float64') return exactGram(this.standardised.options, { signal, picks });
    const sums = new Float64Array(this.features ** 2);
    for await (const chunk of this.standardised.chunks()) {
      addInto(
        sums,
        computed(() => tf.matMul(chunk.features, onlyPicked(chunk, picks), true, false)),
      );
      await letEventsThrough(signal);
    }
    return sums;
  }

  moments(picks: readonly (Int32Array | undefined)[], signal?: AbortSignal): Promise<Standardisation[]> {
    return exactMoments(this.standardised.options, picks, signal);
  }

  restandardised(standardisation: Standardisation): RowPasses {
    const options = { ...this.standardised.options, standardisation, resident: false };
    return new TensorPasses(new StandardisedRows(options), this.windowBytes);
  }

  roundoff(): number {
    return 2 ** -24;
  }

  /** Always read from the source: in memory the rows are tensors, which a second copy would stand beside. */
  async descend(work: Descent): Promise<number> {
    const { optimiser, state, problems, signal } = work;
    const gradient = new Float64Array(state.weights.length);
    let count = work.steps;
    const { source } = this.standardised.options;
    for await (const { rows, values, ends } of streamedWindows(source, {
      ...work,
      windowBytes: this.windowBytes,
    })) {
      for (let batch = 0, from = 0; batch < ends.length; from = ends[batch++]!) {
        const picked = problems.map(({ classes, labels }) => ({
          ...{ classes, curvature: false },
          labels: rows.subarray(from, ends[batch]).map((row) => labels[row]!),
        }));
        this.#slope(values.subarray(from * this.features, ends[batch]! * this.features), {
          ...{ weights: state.weights, problems: picked, gradient },
        });
        count += 1;
        STEPS[optimiser](state, { gradient, scale: Float64Array.from(picked, partOf), count });
        await letEventsThrough(signal);
      }
    }
    return count;
  }

  /** The sums of the gradient over a minibatch, into `gradient`. */
  #slope(
    values: FeatureValues,
    { weights, problems, gradient }: WideWeights<WideProblem> & { readonly gradient: Float64Array },
  ): void {
    const columns = columnsOf(problems);
    const rows = values.length / this.features;
    const standardised = new Float32Array(values.length);
    standardiseInto(standardised, widened({ values }), this.standardised.options.standardisation);
    const sums = problems.map(() => ({ loss: 0, squares: 0, moments: undefined }));
    tf.tidy(() => {
      const features = tf.tensor2d(standardised, [rows, this.features]);
      const weight = tf.tensor2d(Float32Array.from(weights.slice(0, this.features * columns)), [
        this.features,
        columns,
      ]);
      const logits = tf.add<tf.Tensor2D>(tf.matMul(features, weight), weights.slice(this.features * columns));
      const residual = wideResidual({ problems, logits, start: 0, rows, sums });
      gradient.set(transposedProduct(features, residual).dataSync());
      gradient.set(tf.sum(residual, 0).dataSync(), this.features * columns);
    });
  }

  chunks(): AsyncIterable<RowChunk> {
    return this.standardised.chunks();
  }

  dispose(): void {
    this.standardised.dispose();
  }

  /** Calls with every chunk and its logits, inside a `tf.tidy`. */
  async #each(
    wide: Float32Array | Float64Array,
    columns: number,
    signal: AbortSignal | undefined,
    call: (chunk: RowChunk, logits: tf.Tensor2D) => void,
  ): Promise<void> {
    const narrow = Float32Array.from(wide);
    const weight = tf.tensor2d(narrow.slice(0, this.features * columns), [this.features, columns]);
    const bias = tf.tensor1d(narrow.slice(this.features * columns));
    try {
      for await (const chunk of this.standardised.chunks()) {
        tf.tidy(() => call(chunk, tf.add<tf.Tensor2D>(tf.matMul(chunk.features, weight), bias)));
        await letEventsThrough(signal);
      }
    } finally {
      tf.dispose([weight, bias]);
    }
  }
}

/** One over the rows that count. */
function partOf({ labels }: WideProblem): number {
  return (
    1 /
    Math.max(
      1,
      labels.reduce((count, label) => count + (label < 0 ? 0 : 1), 0),
    )
  );
}

/** The rows of a chunk, zeros in place of those that are not picked. */
function onlyPicked({ features, start, rows }: RowChunk, picks: Int32Array | undefined): tf.Tensor2D {
  if (picks === undefined) return features;
  const picked = new Float32Array(rows);
  for (const row of picks) if (row >= start && row < start + rows) picked[row - start] = 1;
  return tf.mul(features, tf.tensor2d(picked, [rows, 1]));
}

/** P - Y of every problem, (rows, columns), adding to `sums` on the way. */
function wideResidual(options: {
  readonly problems: readonly WideProblem[];
  readonly logits: tf.Tensor2D;
  readonly start: number;
  readonly rows: number;
  readonly sums: readonly Sums[];
}): tf.Tensor2D {
  const { problems, logits, start, rows, sums } = options;
  let column = 0;
  const parts = problems.map(({ classes, labels }, index) => {
    const own = problems.length === 1 ? logits : logits.slice([0, column], [rows, classes]);
    column += classes;
    return residualOf(own, labels.subarray(start, start + rows), sums[index]!);
  });
  return parts.length === 1 ? parts[0]! : tf.concat2d(parts, 1);
}

function residualOf(logits: tf.Tensor2D, labels: Int32Array, sums: Sums): tf.Tensor2D {
  const shifted = tf.sub<tf.Tensor2D>(logits, tf.max(logits, 1, true));
  const exponentials = tf.exp(shifted);
  const totals = tf.sum<tf.Tensor2D>(exponentials, 1, true);
  const truth = tf.oneHot(
    tf.tensor1d(
      Int32Array.from(labels, (label) => Math.max(0, label)),
      'int32',
    ),
    logits.shape[1],
  );
  const losses = tf.sub(tf.log(tf.squeeze(totals, [1])), tf.sum(tf.mul(shifted, truth), 1)).dataSync();
  const counted = tf.tensor2d(
    Float32Array.from(labels, (label) => Number(label >= 0)),
    [labels.length, 1],
  );
  const probabilities = tf.mul<tf.Tensor2D>(tf.div<tf.Tensor2D>(exponentials, totals), counted);
  for (let row = 0; row < labels.length; row++) if (labels[row]! >= 0) sums.loss += losses[row]!;
  sums.squares += tf.sum(tf.square(probabilities)).dataSync()[0]!;
  if (sums.moments !== undefined)
    addInto(sums.moments, tf.matMul(probabilities, probabilities, true, false).dataSync());
  // 1 - p of the row's own class is the sum of the others, which has digits where 1 - p has none.
  const others = tf.mul<tf.Tensor2D>(probabilities, tf.sub(1, truth));
  return tf.sub(others, tf.mul<tf.Tensor2D>(truth, tf.sum(others, 1, true)));
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
