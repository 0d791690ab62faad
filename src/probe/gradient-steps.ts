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
  readonly weights: Float32Array;
  /** What the optimiser remembers: as many matrices as {@link STATES} says. */
  readonly states: readonly Float32Array[];
  /** The column after the last of each probe: the last of these is the number of columns. */
  readonly ends: Int32Array;
  /** For each probe. */
  readonly rates: Float64Array;
  readonly l2: Float64Array;
}

/** What one step is made from. */
export interface Slope {
  /** The sums of the gradient over the minibatch, as the weights lie. */
  readonly gradient: Float64Array;
  /** For each probe one over the rows of the minibatch that count. */
  readonly scale: Float64Array;
  /** The number of the step, from 1. */
  readonly count: number;
}

/** The optimisers. */
export type Optimiser = 'sgd' | 'adam';

/** How many matrices each optimiser remembers. */
export const STATES: Readonly<Record<Optimiser, number>> = { sgd: 1, adam: 2 };

/** The numbers of the formulas above: the kernels, which step by themselves, are given them. */
export const STEP_NUMBERS = { momentum: 0.9, squares: 0.999, epsilon: 1e-8 } as const;

const { momentum: MOMENTUM, squares: SQUARES, epsilon: EPSILON } = STEP_NUMBERS;

/** The steps themselves. */
export const STEPS: Readonly<Record<Optimiser, (state: WideState, slope: Slope) => void>> = {
  sgd: sgdStep,
  adam: adamStep,
};

// The inner loops have a probe's numbers in variables: with arrays by column they take half as long again.
function sgdStep({ weights, states, ends, rates, l2 }: WideState, { gradient, scale }: Slope): void {
  const velocity = states[0]!;
  const columns = ends.at(-1)!;
  const biases = weights.length - columns;
  for (let row = 0, at = 0; row < weights.length; row += columns) {
    for (let probe = 0; probe < ends.length; probe++) {
      const [rate, part] = [rates[probe]!, scale[probe]!];
      const penalty = row < biases ? l2[probe]! : 0;
      for (const end = row + ends[probe]!; at < end; at++) {
        const weight = weights[at]!;
        const speed = MOMENTUM * velocity[at]! + gradient[at]! * part + penalty * weight;
        velocity[at] = speed;
        weights[at] = weight - rate * speed;
      }
    }
  }
}

function adamStep({ weights, states, ends, rates, l2 }: WideState, slope: Slope): void {
  const { gradient, scale, count } = slope;
  const [mean, squares] = [states[0]!, states[1]!];
  const meanPart = 1 / (1 - MOMENTUM ** count);
  const squarePart = 1 / (1 - SQUARES ** count);
  const columns = ends.at(-1)!;
  const biases = weights.length - columns;
  for (let row = 0, at = 0; row < weights.length; row += columns) {
    for (let probe = 0; probe < ends.length; probe++) {
      const [rate, part] = [rates[probe]! * meanPart, scale[probe]!];
      const penalty = row < biases ? l2[probe]! : 0;
      for (const end = row + ends[probe]!; at < end; at++) {
        const weight = weights[at]!;
        const steep = gradient[at]! * part + penalty * weight;
        const first = MOMENTUM * mean[at]! + (1 - MOMENTUM) * steep;
        const second = SQUARES * squares[at]! + (1 - SQUARES) * steep * steep;
        mean[at] = first;
        squares[at] = second;
        weights[at] = weight - (rate * first) / (Math.sqrt(second * squarePart) + EPSILON);
      }
    }
  }
}
