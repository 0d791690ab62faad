import type { PageTable } from './page.js';
import {
  errorAt,
  networkError,
  type Probed,
  type ProbePlace,
  percent,
  percentSpread,
  spreadOf,
} from './probed.js';

/** The errors of the selected probes of one tap, of each training seed in the same order; fractions. */
export interface TapErrors {
  readonly tap: string;
  readonly errors: readonly number[];
}

/** The errors at some taps, in the order given. */
export function tapErrors(
  probed: readonly Probed[],
  taps: readonly string[],
  place: Omit<ProbePlace, 'tap'> = {},
): readonly TapErrors[] {
  return taps.map((tap) => ({ tap, errors: probed.map((one) => errorAt(one, { ...place, tap })) }));
}

/** What each seed's error gains from the tap before to this one: negative where it falls. */
export function changeAt(errors: readonly TapErrors[], tap: string): readonly number[] {
  const at = errors.findIndex((one) => one.tap === tap);
  const [before, own] = [errors[at - 1], errors[at]];
  if (before === undefined || own === undefined) throw new RangeError(`no tap before ${tap}`);
  return own.errors.map((error, seed) => error - (before.errors[seed] ?? Number.NaN));
}

/** A tap and the change of the mean error from the one before it. */
export interface Change {
  readonly tap: string;
  readonly change: number;
}

/** The changes of the mean error from tap to tap, of all taps but the first. */
export function changes(errors: readonly TapErrors[]): readonly Change[] {
  return errors.slice(1).map(({ tap }) => ({ tap, change: spreadOf(changeAt(errors, tap)).mean }));
}

/** The taps at which the mean error is higher than at the one before. */
export function rises(errors: readonly TapErrors[]): readonly Change[] {
  return changes(errors).filter(({ change }) => change > 0);
}

/** The tap at which the mean error falls the most. */
export function largestFall(errors: readonly TapErrors[]): Change {
  return changes(errors).reduce((least, one) => (one.change < least.change ? one : least));
}

/** The tap with the lowest mean error, the first of equals. */
export function lowest(errors: readonly TapErrors[]): TapErrors {
  return errors.reduce((least, one) =>
    spreadOf(one.errors).mean < spreadOf(least.errors).mean ? one : least,
  );
}

/** `none`, or the taps of rises with what they are in points of percent. */
export function risesText(errors: readonly TapErrors[]): string {
  const found = rises(errors);
  if (found.length === 0) return 'nowhere';
  return found.map(({ tap, change }) => `at ${tap} by ${percent(change)} points`).join(', ');
}

/** Error by tap, a column for each training step, mean and deviation over the seeds that have it; then the network's own. */
export function stepTable(
  caption: string,
  probed: readonly Probed[],
  taps: readonly string[],
  place: Omit<ProbePlace, 'tap'> = {},
): PageTable {
  const steps = [...new Set(probed.map(({ step }) => step))].sort((a, b) => (a ?? 0) - (b ?? 0));
  const at = (step: number | null) => probed.filter((one) => one.step === step);
  const rows = taps.map((tap) => [
    tap,
    ...steps.map((step) => percentSpread(spreadOf(at(step).map((one) => errorAt(one, { ...place, tap }))))),
  ]);
  const own = steps.map((step) => at(step).flatMap((one) => networkError(one) ?? []));
  const network = own.every((errors) => errors.length > 0)
    ? [['the network itself', ...own.map((errors) => percentSpread(spreadOf(errors)))]]
    : [];
  return { caption, header: ['tap', ...steps.map((step) => `step ${step}`)], rows: [...rows, ...network] };
}
