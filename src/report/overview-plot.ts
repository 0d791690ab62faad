import type { Measurement } from '../probe/measurement.js';
import type { Split } from '../split.js';
import { selectedOf, tapsOf } from './depth-order.js';
import type { DepthPlot, PlotFacet, PlotSeries } from './depth-plot.js';
import { CHANCE_STYLE, nthStyle } from './line-style.js';
import { errorValue, facetsOf, keyOf, type PlotValue, pointsOf, spreadValue } from './plot-values.js';
import { quotedSplit } from './quoted-split.js';
import type { RunRecord } from './run-record.js';

/** An error that panels show, and the split whose chance level is 100 %. */
interface Compared {
  readonly title: string;
  readonly chanceOf: Split;
  /** In units of `factor`. */
  readonly value: (row: Measurement, factor: number) => PlotValue | null;
}

/**
 * One line for each label set: its error as a share of the chance level, so that factors can be compared. Where there are
 * folds, their mean and deviation are in panels of their own: they are errors of other probes on other samples.
 */
export function overviewByDepth(measurements: readonly Measurement[], run: RunRecord): DepthPlot {
  const rows = measurements.filter(({ selected }) => selected);
  const split = quotedSplit(rows);
  const quoted = panelsOf(rows, run, {
    title: `${split}, bars: 95 % interval`,
    chanceOf: split,
    value: (row, factor) => errorValue(row[split], factor),
  });
  const folds = panelsOf(rows, run, {
    title: 'folds of train left out: mean, bars: one deviation',
    chanceOf: 'train',
    value: (row, factor) => spreadValue(row.folds, factor),
  });
  return {
    name: 'error-by-depth',
    title: `What each depth knows: ${split} error by label set`,
    subtitle: `${run.names.model} on ${run.names.dataset}, 100 % = chance, the best constant prediction`,
    key: keyOf(rows, folds.length > 0 ? [] : quoted.map(({ facet }) => facet)),
    yTitle: 'prediction error (% of chance)',
    decimals: 1,
    unit: ' %',
    taps: tapsOf(rows),
    facets: [...quoted, ...folds].map(({ facet, title }) => (folds.length > 0 ? { ...facet, title } : facet)),
  };
}

/** The panels of one error, and what they are called beside those of another. */
function panelsOf(
  rows: readonly Measurement[],
  run: RunRecord,
  compared: Compared,
): readonly { facet: PlotFacet; title: string }[] {
  const references = [{ name: 'chance', style: CHANCE_STYLE, y: 100, interval: null }];
  return facetsOf(rows, (own) => ({ series: labelSetSeries(own, run, compared), references, steps: [] }))
    .filter(({ series }) => series.length > 0)
    .map((facet) => ({
      facet,
      title: facet.title === null ? compared.title : `${facet.title}, ${compared.title}`,
    }));
}

function labelSetSeries(
  rows: readonly Measurement[],
  run: RunRecord,
  { chanceOf, value }: Compared,
): readonly PlotSeries[] {
  return run.labelSets
    .map((record, index) => {
      const { name } = record;
      const chance = record.chance[chanceOf]?.error;
      return {
        name,
        style: nthStyle(index),
        points: chance ? pointsOf(selectedOf(rows, name), (row) => value(row, 100 / chance)) : [],
      };
    })
    .filter(({ points }) => points.length > 0);
}
