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
import { picksOf } from './covariance.js';
import { ownGradient, type Rescaling, rescaledMoment, sharedPosition } from './rescaling.js';
import { columnsOf, type Precision, type ProblemSums, type RowPasses } from './row-passes.js';
import type { Answer, Ask } from './solver-protocol.js';

/** Classes beyond this have no (classes, classes) matrix of second moments: it would not fit. */
const MOST_CURVED_CLASSES = 4096;

/** One problem in a pass: its labels (negative: not counted) and the point it asks about. */
export interface PassProblem {
  readonly classes: number;
  readonly labels: Int32Array;
  readonly labelled: number;
  /** How its features are standardised, where that is not as the passes do. */
  readonly rescaling?: Rescaling | undefined;
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
  /** Default float32. */
  readonly precision?: Precision | undefined;
  readonly signal?: AbortSignal | undefined;
}): Promise<Answer[]> {
  const { passes, problems, precision = 'float32', signal } = options;
  const columns = columnsOf(problems);
  const positions = problems.map(({ ask }) => ask.position);
  const directions = problems.flatMap(({ ask }) => ask.direction ?? []);
  const { gradient, problems: sums } = await passes.accumulate({
    precision,
    weights: wideWeights(problems, positions, passes.features),
    direction: directions.length === 0 ? undefined : wideWeights(problems, directions, passes.features),
    problems: problems.map(({ classes, labels, ask }) => ({
      ...{ classes, labels },
      curvature: ask.curvature && classes <= MOST_CURVED_CLASSES,
    })),
    signal,
  });
  return splitAnswers({ problems, sums, gradient, columns });
}

/** What problems can ask for that one pass does not give with another: the precision, and Hessian products. */
const PASSES = [
  ['float32', false],
  ['float64', false],
  ['float64', true],
] as const;

/**
 * Answers every problem in the precision it asks for: one pass for all that ask for the same.
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function evaluateAll(options: {
  readonly passes: RowPasses;
  readonly problems: readonly PassProblem[];
  readonly signal?: AbortSignal | undefined;
}): Promise<Answer[]> {
  const { passes, problems, signal } = options;
  const answers: Answer[] = [];
  for (const [place, problem] of problems.entries())
    if (problem.ask.features) answers[place] = await featureMoments(passes, problem, signal);
  for (const [precision, turned] of PASSES) {
    const places = [...problems.keys()].filter((at) => {
      const { ask } = problems[at]!;
      if (ask.features) return false;
      return ask.precision === precision && (ask.direction !== undefined) === turned;
    });
    if (places.length === 0) continue;
    const asking = places.map((at) => problems[at]!);
    const own = await evaluatePass({ passes, problems: asking, precision, signal });
    for (const [at, place] of places.entries()) answers[place] = own[at]!;
  }
  return answers;
}

async function featureMoments(
  passes: RowPasses,
  { labels, labelled, rescaling }: PassProblem,
  signal: AbortSignal | undefined,
): Promise<Answer> {
  const sums = await passes.gram({ picks: picksOf(labels), precision: 'float64', signal });
  const shared = sums.map((sum) => sum / labelled);
  const featureMoment = rescaling ? rescaledMoment(shared, rescaling) : shared;
  const nothing = new Float64Array(0);
  return { crossEntropy: Number.NaN, gradient: nothing, squares: 0, secondMoment: undefined, featureMoment };
}

/** The weights of all problems as one matrix over the features, (features, columns), and their biases below. */
function wideWeights(
  problems: readonly PassProblem[],
  positions: readonly Float64Array[],
  features: number,
): Float64Array {
  const columns = columnsOf(problems);
  const wide = new Float64Array((features + 1) * columns);
  let column = 0;
  for (const [at, { classes, rescaling }] of problems.entries()) {
    const own = positions[at]!;
    const position = rescaling ? sharedPosition(own, classes, rescaling) : own;
    for (let from = 0, to = column; from < position.length; from += classes, to += columns) {
      for (let own = 0; own < classes; own++) wide[to + own] = position[from + own]!;
    }
    column += classes;
  }
  return wide;
}

function splitAnswers(options: {
  readonly problems: readonly PassProblem[];
  readonly sums: readonly ProblemSums[];
  readonly gradient: Float64Array;
  readonly columns: number;
}): Answer[] {
  const { problems, sums, gradient, columns } = options;
  let column = 0;
  return problems.map(({ classes, labelled, rescaling }, index) => {
    const { loss, squares, moments } = sums[index]!;
    const own = meanGradient(gradient, { columns, column, classes, labelled });
    column += classes;
    return {
      crossEntropy: loss / labelled,
      gradient: rescaling ? ownGradient(own, classes, rescaling) : own,
      squares: squares / labelled,
      secondMoment: moments?.map((value) => value / labelled),
    };
  });
}

/**
 * One problem's columns of a summed gradient, as a mean over its rows. Each row is made to sum to zero over the classes,
 * as it does but for rounding (the rows of R do). Else the weights would drift along the direction that changes no
 * probability, where nothing holds them.
 */
function meanGradient(
  sums: Float64Array,
  {
    columns,
    column,
    classes,
    labelled,
  }: { columns: number; column: number; classes: number; labelled: number },
): Float64Array {
  const own = new Float64Array((sums.length / columns) * classes);
  for (let from = column, to = 0; to < own.length; from += columns, to += classes) {
    let total = 0;
    for (let at = 0; at < classes; at++) total += sums[from + at]!;
    const mean = total / classes;
    for (let at = 0; at < classes; at++) own[to + at] = (sums[from + at]! - mean) / labelled;
  }
  return own;
}
