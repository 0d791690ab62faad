/**
 * What rounding can add to the norm of a gradient, ||G - G^||, of G = Z'R / n with R = P - Y and P = softmax(Z W + b).
 *
 * With u the unit roundoff, D features, lambda the largest eigenvalue of Z'Z / n, so that ||Z'E|| <= n sqrt(lambda) times
 * the root of the mean ||e_i||^2 of any E, and t = E||z_i||^2:
 *
 *   logits           |e_ic| <= (D + 4) u sum_d |z_id W_dc|, the rows and the weights being rounded too; so
 *                    rms ||e_i|| <= (D + 4) u sqrt(t) (||W|| + ||b||)
 *   probabilities    the Jacobian diag(p) - p p' has norm at most 1/2; exponentials and division add 8 u ||r_i||
 *   sums over rows   n u sum_i |z_id r_ic| / n at most; rms ||r_i|| <= sqrt(2 L), because ||r||^2 <= 2 (1 - p_y) <= 2 loss
 *
 *   float64:  sqrt(lambda) ((D + 4) u sqrt(t) (||W|| + ||b||) / 2 + 8 u sqrt(2 L)) + n u sqrt(2 t L)
 *
 * holds for any order of summation. In float32 it would be hundreds of times what happens, and no l2 below 1e-3 could be
 * certified. There rounding errors count as independent, so that D + 4 becomes its root and |z W| its norm over the
 * features, whose mean square over the rows is ||W||^2 for standardised ones; partial sums are at most as large as the
 * logits, so sqrt(lambda) ||W|| is added; the Jacobian's norm is at most 2 (1 - p_y), so its mean square at most min(1/4, L);
 * and blocks of `FLUSHED` rows are summed in float32:
 *
 *   float32:  u ( sqrt(lambda min(1/4, L)) ((sqrt(D) + sqrt(lambda) + 3) ||W|| + ||b||)
 *                 + 8 sqrt(2 lambda L) + sqrt(FLUSHED t 2 L) )
 *
 * The errors of different rows still count as if they all added up, which they do where rows are the same: what happens is
 * a tenth to a thousandth of this. Where it is too much for a tolerance, the solver evaluates in float64.
 * Model: Higham & Mary, A new approach to probabilistic rounding error analysis (2019), section 3.
 */
import { type Point, type ProblemShape, weightNorm } from './point.js';
import { frobeniusNorm } from './preconditioner.js';
import type { RowPasses } from './row-passes.js';

/** What the features of a problem are like, over the rows that count. */
export interface FeatureSpread {
  /** At least the largest eigenvalue of Z'Z / n. */
  readonly largest: number;
  /** E||z||^2: the trace of the same. */
  readonly trace: number;
  /** n. */
  readonly rows: number;
  /** The unit roundoff of float32 passes. */
  readonly roundoff: number;
}

/** The spread of standardised features: none has more than a variance of 1 over all rows, and n may be fewer. */
export function featureSpread(
  passes: Pick<RowPasses, 'rows' | 'features' | 'roundoff'>,
  { classes, labelled }: { readonly classes: number; readonly labelled: number },
  gram?: Float32Array,
): FeatureSpread {
  const { rows, features } = passes;
  const trace = (features * rows) / labelled;
  const largest = gram === undefined ? trace : Math.min(trace, (frobeniusNorm(gram) * rows) / labelled);
  return { largest, trace, rows: labelled, roundoff: passes.roundoff(classes) };
}

/** Rows whose sums are float32: `kFlushRows` of softmax.cc; tensors' chunks are summed pairwise. */
const FLUSHED = 512;

/** The bound of this file on the norm of the weights' part of a gradient's error. */
export function gradientRounding(
  point: Point,
  shape: ProblemShape,
  { largest, trace, rows, roundoff }: FeatureSpread,
): number {
  const { weights, biases } = weightNorm(point, shape);
  const { features } = shape;
  const loss = Math.max(0, point.crossEntropy);
  const residual = Math.sqrt(2 * Math.min(1, loss));
  if (point.precision === 'float64') {
    const logits = ((features + 4) * Math.sqrt(trace) * (weights + biases)) / 2;
    const sums = rows * Math.sqrt(trace) * residual;
    return 2 ** -53 * (Math.sqrt(largest) * (logits + 8 * residual) + sums);
  }
  const logits = (Math.sqrt(features) + Math.sqrt(largest) + 3) * weights + biases;
  const rowErrors = Math.sqrt(Math.min(0.25, loss)) * logits + 8 * residual;
  const sums = Math.sqrt(Math.min(rows, FLUSHED) * trace) * residual;
  return roundoff * (Math.sqrt(largest) * rowErrors + sums);
}
