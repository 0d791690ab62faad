import type { Finding, PageTable } from './page.js';
import { errorAt, type Probed, type ProbeRun, percent, percentSpread, spreadOf } from './probed.js';
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
      here: `${percent(change)} ± ${percent(deviation)} points against the tap before it; a rise in ${rising} of ${kink.length} seeds`,
    },
  ];
}

/** One seed, probed in three ways. */
export interface Comparison {
  readonly taps: readonly string[];
  readonly seed: number;
  /** The last step. */
  readonly end: number;
  /** Stopped early, on some features: of all seeds. */
  readonly stopped: ProbeRun;
  /** The optimum at the l2 that valid chooses, on the same features: of the one seed. */
  readonly optimal: ProbeRun;
  /** Stopped early, on all features: of the one seed. */
  readonly whole: ProbeRun;
}

/** Error by tap of one seed at both ends of training: what early stopping and the choice of features change. */
export function comparisonTable({ taps, seed, end, ...runs }: Comparison): PageTable {
  const at = ({ probed }: ProbeRun, step: number, tap: string) => {
    const found = probed.find((one) => one.step === step && (one.modelSeed ?? seed) === seed);
    if (found === undefined) throw new RangeError(`no checkpoint of step ${step}`);
    return percent(errorAt(found, { tap }));
  };
  const columns = [0, end].flatMap((step) =>
    [runs.stopped, runs.optimal, runs.whole].map((run) => ({ run, step })),
  );
  return {
    caption: `Seed ${seed}, test error in %: probes stopped early, the optimum at the l2 that valid chooses, and probes on all features stopped early`,
    header: ['tap', ...[0, end].flatMap((step) => [`step ${step}, stopped`, 'optimum', 'all features'])],
    rows: taps.map((tap) => [tap, ...columns.map(({ run, step }) => at(run, step, tap))]),
  };
}
