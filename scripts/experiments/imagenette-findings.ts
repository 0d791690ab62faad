import type { Finding, PageTable } from './page.js';
import { errorAt, networkError, type Probed, percent, selectedProbe, tapsIn } from './probed.js';
import { risesText, tapErrors } from './tap-errors.js';

/** The paper's Figure 4a: the error on valid of ImageNet at the input and after each of ResNet-50's 16 merges. */
export const PAPER_FIGURE_4 = [
  0.99, 0.94, 0.89, 0.88, 0.87, 0.82, 0.79, 0.76, 0.77, 0.69, 0.67, 0.62, 0.57, 0.51, 0.41, 0.39, 0.31,
] as const;

/** The table of Figure 4a; with the paper's own numbers where the network is the paper's. */
export function figure4Table(probed: Probed, paper: readonly number[] = []): PageTable {
  const rows = tapsIn(probed).map((tap, at) => {
    const { shape } = selectedProbe(probed, { tap });
    const theirs = paper[at];
    const cells = [tap, `(${shape.split('x').join(', ')})`, errorAt(probed, { tap }).toFixed(3)];
    return paper.length === 0 ? cells : [...cells, theirs === undefined ? '' : theirs.toFixed(2)];
  });
  const header = ['layer name', 'topology', 'probe valid error, 10 classes here'];
  return {
    caption: 'The table of Figure 4a',
    header: paper.length === 0 ? header : [...header, "the paper's, 1000 classes"],
    rows,
  };
}

/** The paper's statements beside the probes. */
export function figure4Findings(probed: Probed): readonly Finding[] {
  const taps = tapsIn(probed);
  const errors = tapErrors([probed], taps);
  const own = networkError(probed);
  const last = errors.at(-1)!;
  return [
    {
      paper:
        'the relationship between depth and validation error is almost perfectly monotonic (one rise, by 1 point)',
      here: `from ${percent(errors[0]!.errors[0]!)} % at ${taps[0]} to ${percent(last.errors[0]!)} % at ${last.tap}; it rises ${risesText(errors)}`,
    },
    {
      paper: 'the last probe (0.31) comes near the model’s own error',
      here:
        own === undefined
          ? 'the network at hand has no classifier'
          : `the network itself, which tells 1000 classes apart, errs on ${percent(own)} %; the last probe, on these ten, ${percent(last.errors[0]!)} %`,
    },
  ];
}
