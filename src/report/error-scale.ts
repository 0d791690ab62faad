// Which errors the colours stand for. The scale is logarithmic: equal steps of colour are equal ratios of errors, because
// deep in a network an error of 1 % and one of 4 % lie as far apart as 20 % and 80 % before.

import { errorColour } from './error-colour.js';

/** Errors that differ by less than this ratio do not fill the whole scale: it would show noise. */
const LEAST_RATIO = 4;

/** The errors, fractions in [0, 1], from the palest to the darkest colour; 0 < low < high. */
export interface ErrorScale {
  readonly low: number;
  readonly high: number;
  /** What the dark end stands for. */
  readonly highIs: 'chance' | 'highest error';
}

/** What an {@link ErrorScale} must span. */
export interface ErrorScaleOptions {
  /** Every error to be shown, fractions. */
  readonly errors: readonly number[];
  /** What guessing gives, where that is known: the dark end. */
  readonly chance: number | null;
  /** How many samples they were measured on: half a sample stands in for an error of 0. */
  readonly samples: number;
}

/** The scale of some errors: from the lowest of them, or a quarter of the highest, to chance. */
export function errorScale({ errors, chance, samples }: ErrorScaleOptions): ErrorScale {
  const least = 0.5 / Math.max(1, samples);
  const high = Math.max(chance ?? errors.reduce((a, b) => Math.max(a, b), 0), LEAST_RATIO * least);
  const lowest = errors.reduce((a, b) => Math.min(a, b), high);
  const low = Math.min(Math.max(lowest, least), high / LEAST_RATIO);
  return { low, high, highIs: chance === high ? 'chance' : 'highest error' };
}

/** Where an error lies on a scale: 0 at its pale end, 1 at its dark one, and nothing beyond. */
export function errorPosition({ low, high }: Pick<ErrorScale, 'low' | 'high'>, error: number): number {
  if (error <= low) return 0;
  return Math.min(1, Math.log(error / low) / Math.log(high / low));
}

/** The colour of an error on a scale, as `#rrggbb`. */
export function scaleColour(scale: ErrorScale, error: number): string {
  return errorColour(errorPosition(scale, error));
}

/** The errors that a legend names, ascending: the ends, and the 1, 2 and 5 of each decade that stay `apart` from those before. */
export function scaleTicks(scale: Pick<ErrorScale, 'low' | 'high'>, apart: number): readonly number[] {
  const round = [-4, -3, -2, -1].flatMap((power) => [1, 2, 5].map((digit) => digit * 10 ** power));
  const position = (error: number) => errorPosition(scale, error);
  const inside: number[] = [];
  for (const error of round) {
    const before = position(inside.at(-1) ?? scale.low);
    if (position(error) - before >= apart && 1 - position(error) >= apart) inside.push(error);
  }
  return [scale.low, ...inside, scale.high];
}
