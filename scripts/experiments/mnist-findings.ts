import type { Finding, PageTable } from './page.js';
import { errorAt, type Probed, type ProbeRun, percent, percentSpread, spreadOf, tapsIn } from './probed.js';
import { changeAt, largestFall, lowest, risesText, tapErrors } from './tap-errors.js';

function mean(errors: readonly number[]): string {
  return percentSpread(spreadOf(errors));
}

/** The paper's statements of section 3.5 beside the first and the last checkpoint of all seeds. */
export function mnistFindings(
  probed: readonly Probed[],
  { taps, end }: { readonly taps: readonly string[]; readonly end: number },
): readonly Finding[] {
  const at = (step: number) =>
    tapErrors(
      probed.filter((one) => one.step === step),
      taps,
    );
  const [first, last] = [at(0), at(end)];
  return [...startFindings(first), ...endFindings(last)];
}

function startFindings(start: ReturnType<typeof tapErrors>): readonly Finding[] {
  const [input, best, fall] = [start[0]!, lowest(start), largestFall(start)];
  const whole = spreadOf(input.errors).mean - spreadOf(best.errors).mean;
  return [
    {
      paper: 'at the beginning, test error goes from 8 % to 2 % through layers that are untrained',
      here: `from ${mean(input.errors)} % at ${input.tap} to ${mean(best.errors)} % at ${best.tap}`,
    },
    {
      paper: 'the biggest impact comes from the first ReLU',
      here: `the biggest fall is at ${fall.tap}: ${percent(-fall.change)} points, ${Math.round((-100 * fall.change) / whole)} % of the whole`,
    },
  ];
}

function endFindings(end: ReturnType<typeof tapErrors>): readonly Finding[] {
  const kink = changeAt(end, 'fc1_preact');
  const { mean: change, deviation } = spreadOf(kink);
  const rising = kink.filter((one) => one > 0).length;
  return [
    {
      paper: 'at the end, test error improves at every layer but one',
      here: `from ${mean(end[0]!.errors)} % to ${mean(end.at(-1)!.errors)} % at ${end.at(-1)!.tap}; it rises ${risesText(end)}`,
    },
    {
      paper: 'a minor kink on fc1_preact',
      here:
        `${kinkVerdict(rising, kink.length)}: ${percent(change)} ± ${percent(deviation)} points against the tap before it, ` +
        `a rise in ${rising} of ${kink.length} seeds`,
    },
  ];
}

function kinkVerdict(rising: number, seeds: number): string {
  if (rising === 0) return 'no';
  return rising === seeds ? 'yes' : 'in some seeds';
}

/** One seed, probed on some features of each tap and on all. */
export interface Comparison {
  readonly taps: readonly string[];
  readonly seed: number;
  /** The first and the last step. */
  readonly ends: readonly number[];
  /** On some features: of all seeds. */
  readonly some: ProbeRun;
  /** On all features of the taps that have more: of the one seed, by step. */
  readonly whole: ReadonlyMap<number, ProbeRun>;
}

/** Error by tap of one seed at both ends of training: what the choice of features changes. */
export function comparisonTable({ taps, seed, ends, some, whole }: Comparison): PageTable {
  const chosen = (step: number) => some.probed.find((one) => one.step === step && one.modelSeed === seed);
  const columns = ends.flatMap((step) => [chosen(step), whole.get(step)?.probed[0]]);
  const text = (probed: Probed | undefined, tap: string) =>
    probed === undefined || !tapsIn(probed).includes(tap) ? '' : percent(errorAt(probed, { tap }));
  const shown = taps.filter((tap) => columns.every((probed) => text(probed, tap) !== ''));
  return {
    caption: `Seed ${seed}, test error in %: on the random features of above, and on all features of the same taps`,
    header: ['tap', ...ends.flatMap((step) => [`step ${step}, random features`, 'all features'])],
    rows: shown.map((tap) => [tap, ...columns.map((probed) => text(probed, tap))]),
  };
}
