/** An x axis that is not the row of taps. */
export interface PlotAxis {
  readonly title: string;
  /** Where each place of the axis lies, from 0 (left) to 1 (right), in order. */
  readonly positions: readonly number[];
}

/**
 * Training steps on an axis: to scale, or where that would crowd some of them more than a logarithm does, on a
 * logarithmic one, log(1 + step / first step above 0).
 *
 * @param steps - at least two, in order.
 */
export function stepAxis(steps: readonly number[]): PlotAxis {
  const first = steps.find((step) => step > 0) ?? 1;
  const linear = scaled(steps);
  const logarithmic = scaled(steps.map((step) => Math.log1p(step / first)));
  return smallestGap(logarithmic) > smallestGap(linear) * CLEARLY
    ? { title: 'training step, log scale', positions: logarithmic }
    : { title: 'training step', positions: linear };
}

/** A logarithm must pay: an axis to scale is easier to read. */
const CLEARLY = 2;

function scaled(values: readonly number[]): readonly number[] {
  const [low, high] = [values[0] ?? 0, values.at(-1) ?? 1];
  return values.map((value) => (value - low) / (high - low));
}

function smallestGap(positions: readonly number[]): number {
  return Math.min(...positions.slice(1).map((position, at) => position - positions[at]!));
}
