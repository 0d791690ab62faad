/**
 * One step of a bank of probes, in place, each with a rate r and an l2 of its own. With g the mean gradient of the
 * minibatch's cross-entropy, and g' = g + l2 w (for the biases g' = g):
 *
 *     sgd     v <- 0.9 v + g'            w <- w - r v                        (heavy ball, as torch.optim.SGD)
 *     adam    m <- 0.9 m + 0.1 g'        v <- 0.999 v + 0.001 g'^2
 *             w <- w - r (m / (1 - 0.9^t)) / (sqrt(v / (1 - 0.999^t)) + 1e-8)      (Kingma & Ba 2015)
 *
 * The rate is constant: early stopping ends the training, so there is no known end that it could fall towards.
 */

/** The wide matrices of a bank, (features + 1, columns) row by row, the biases last. */
export interface WideState {
  readonly columns: number;
  readonly weights: Float32Array;
  /** The sums of the gradient over the minibatch. */
  readonly gradient: Float64Array;
  /** What the optimiser remembers: as many matrices as {@link STATES} says. */
  readonly states: readonly Float32Array[];
  /** For each column. */
  readonly rates: Float64Array;
  readonly l2: Float64Array;
  /** For each column one over the rows of the minibatch that count. */
  readonly scale: Float64Array;
}

/** The optimisers. */
export type Optimiser = 'sgd' | 'adam';

/** How many matrices each optimiser remembers. */
export const STATES: Readonly<Record<Optimiser, number>> = { sgd: 1, adam: 2 };

const MOMENTUM = 0.9;
const SQUARES = 0.999;
const EPSILON = 1e-8;

/** The steps themselves; `count` is the number of this one, from 1. */
export const STEPS: Readonly<Record<Optimiser, (state: WideState, count: number) => void>> = {
  sgd: sgdStep,
  adam: adamStep,
};

function sgdStep({ columns, weights, gradient, states, rates, l2, scale }: WideState): void {
  const velocity = states[0]!;
  const biases = weights.length - columns;
  for (let row = 0; row < weights.length; row += columns) {
    const penalised = Number(row < biases);
    for (let column = 0; column < columns; column++) {
      const at = row + column;
      const weight = weights[at]!;
      const slope = gradient[at]! * scale[column]! + penalised * l2[column]! * weight;
      const speed = MOMENTUM * velocity[at]! + slope;
      velocity[at] = speed;
      weights[at] = weight - rates[column]! * speed;
    }
  }
}

function adamStep(state: WideState, count: number): void {
  const { columns, weights, gradient, states, rates, l2, scale } = state;
  const [mean, squares] = [states[0]!, states[1]!];
  const meanPart = 1 / (1 - MOMENTUM ** count);
  const squarePart = 1 / (1 - SQUARES ** count);
  const biases = weights.length - columns;
  for (let row = 0; row < weights.length; row += columns) {
    const penalised = Number(row < biases);
    for (let column = 0; column < columns; column++) {
      const at = row + column;
      const weight = weights[at]!;
      const slope = gradient[at]! * scale[column]! + penalised * l2[column]! * weight;
      const first = MOMENTUM * mean[at]! + (1 - MOMENTUM) * slope;
      const second = SQUARES * squares[at]! + (1 - SQUARES) * slope * slope;
      mean[at] = first;
      squares[at] = second;
      weights[at] = weight - (rates[column]! * first * meanPart) / (Math.sqrt(second * squarePart) + EPSILON);
    }
  }
}
