import type { Measurement } from '../probe/measurement.js';
import type { ClassReport, DrawnPlot } from './class-report.js';
import type { DepthStep } from './depth-steps.js';
import { escapeHtml } from './escape-html.js';
import { figure, figures, isNetwork, networkSections } from './figure-html.js';
import { htmlPage } from './html-page.js';
import { monotonicityOf } from './monotonicity.js';
import { monotonicityTable } from './monotonicity-table.js';
import { paperTable } from './paper-table.js';
import { leftOut, runFacts } from './run-facts.js';
import type { RunRecord } from './run-record.js';
import { summary } from './summary.js';
import { resultTable } from './table.js';
import { sectionHtml, tableHtml } from './table-html.js';

const DEFINITIONS = [
  ['prediction error', 'The share of samples whose class with the largest probability is not the true one.'],
  ['top-5 error', 'The share of samples whose true class is not among the five most probable ones.'],
  ['loss', 'The mean cross-entropy in nats per sample, without the penalty.'],
  [
    'gap',
    'An upper bound on how far the objective on train, cross-entropy + (l2 / 2) ||W||², lies above its minimum. ' +
      'A dash: none is known, as without a penalty.',
  ],
  [
    '95 %',
    "The 95 % interval of an error (Blaker's, from the binomial distribution): in at least 95 of 100 splits of this size " +
      'such an interval holds the error that the same probe has over endless samples. Its ends are not equally far from ' +
      'the error: with no error among n samples it goes from 0 to about 3.5 / n. It is about the samples that the ' +
      'probe is scored on, not about another train split. Errors on train have none: the probe was fitted to these ' +
      'samples.',
  ],
  [
    'change',
    'How the error differs from that at the probed tap before: of those that the tap is computed from the deepest. ' +
      'Its 95 % interval and its p-value come from how many samples are right at one tap alone. p: how often so large a ' +
      'change comes about where neither probe is better (paired bootstrap, computed exactly), after ' +
      "Holm's correction over all steps of the label set; marked where it is at most 0.05. That is beyond the noise of " +
      'the split that is scored alone: of another training sample it says nothing. With folds (--folds) the change is ' +
      'compared over them too, by the corrected resampled t-test (Nadeau & Bengio 2003), which has the noise of the ' +
      'training sample in it; p is then the larger of both.',
  ],
  [
    'inversion',
    "A pair of taps of which the deeper one has the larger error. Kendall's tau-b is -1 where there are none and " +
      'no two errors are equal, and 0 where depth says nothing of the error. Its p (two-sided, exact without ties) ' +
      'describes and tests nothing: it takes taps for independent samples, and those of one network are not.',
  ],
  [
    'calibration',
    'The expected calibration error in %: how far the probability of the predicted class is from how often it is ' +
      'right, in 15 bins of equal width, weighted by their samples.',
  ],
  ['precision', 'Of the samples taken for a class, the share that are of it.'],
  [
    'l2',
    'The penalty of the selected probe: of the values tried, that with the lowest loss on valid. ' +
      'The test split is read once, for selected probes only.',
  ],
  [
    'folds',
    'The error of probes that were trained on train without one fold, on that fold: mean and standard deviation.',
  ],
  ['seeds', 'The error on valid with labels drawn with several seeds: mean and standard deviation.'],
  [
    'dead segment',
    'A stretch of the network over which probes gain nothing, while the signal reaches the merge behind it by another ' +
      'path (section 5.1 of the paper): the last probe is not better than chance, or the stretch is long and the merge ' +
      'is not better than that path alone. It is called dead only where what the merge gains over that path is shown to ' +
      'be less than a point, or than a quarter of the error that the path leaves: where the upper end of the interval ' +
      'of the gain, on the same samples, is below that. Each end of the interval holds with 95 % confidence for all ' +
      'branches of the network together. Else the stretch is undecided: more test samples would tell. Where the merge ' +
      'has no probe, the last probe must be shown to be less than a point below chance.',
  ],
  [
    'chance',
    'What the best constant prediction gives on the same samples. Its error is 1 less the share of the most frequent ' +
      'class among the samples scored (of train for folds): 90 % of ten equally frequent classes. Its loss is the ' +
      'entropy of the classes. A probe that is not better knows nothing of the labels.',
  ],
  [
    'random(NAME)',
    'A control: the labels of NAME, permuted among the samples of train that have one. Nothing can be learnt from them ' +
      'that holds on valid or test, which keep the labels of NAME; what a probe fits on train is memorised (section 3.4 ' +
      'of the paper).',
  ],
  ['model itself', "The model's own classifier on the same samples."],
] as const;

/** Plots that stand further down, folded away. */
const FOLDED = [
  { title: 'Loss by depth', names: /^loss-/ },
  { title: 'Error by l2 value and learning rate', names: /^error-by-(l2|rate)\./ },
] as const;

/** What {@link reportPage} shows. */
export interface ReportContent {
  readonly measurements: readonly Measurement[];
  readonly run: RunRecord;
  /** Empty where the run is older than they are measured. */
  readonly steps: readonly DepthStep[];
  readonly plots: readonly DrawnPlot[];
  /** A line for each dead segment of the network. */
  readonly deadSegments: readonly string[];
  /** Of each label set; empty where the run is older than its classes are recorded. */
  readonly classes: readonly ClassReport[];
}

/** `report.html`: one self-contained page, from the summary to the definitions. Everything from users is escaped. */
export function reportPage(content: ReportContent): string {
  const { measurements, run, steps, plots, deadSegments, classes } = content;
  const title = `${run.names.model} on ${run.names.dataset}: linear probes by depth`;
  return htmlPage(title, [
    `<div class="summary">${paragraphs(summary(measurements, run, steps))}</div>`,
    ...[...deadSegments, ...run.warnings].map((warning) => `<p class="warning">${escapeHtml(warning)}</p>`),
    ...figures(plots.filter(isOpen)),
    ...networkSections(plots.filter(isNetwork)),
    '<h2>Results</h2>',
    tableHtml(resultTable(measurements, run, steps)),
    ...monotonicity(measurements, run, steps),
    `<details><summary>As the paper prints it (Figure 4a)</summary>${tableHtml(paperTable(measurements, run))}</details>`,
    ...classSections(classes),
    ...FOLDED.flatMap((group) => foldedFigures(group, plots)),
    ...notes(run),
    ...howMade(run),
    ...definitions(),
  ]);
}

/** Lines of text as paragraphs. */
export function paragraphs(lines: readonly string[]): string {
  return lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n');
}

function isOpen(plot: DrawnPlot): boolean {
  return !isNetwork(plot) && !FOLDED.some(({ names }) => names.test(plot.name));
}

function monotonicity(
  measurements: readonly Measurement[],
  run: RunRecord,
  steps: readonly DepthStep[],
): readonly string[] {
  const courses = monotonicityOf(measurements, run, steps);
  return courses.length === 0 ? [] : [sectionHtml(monotonicityTable(courses))];
}

function foldedFigures(
  { title, names }: (typeof FOLDED)[number],
  plots: readonly DrawnPlot[],
): readonly string[] {
  const own = plots.filter(({ name }) => names.test(name));
  if (own.length === 0) return [];
  return [`<details><summary>${title}</summary>`, ...figures(own), '</details>'];
}

/** Errors by class, label set by label set: the first one open. */
function classSections(classes: readonly ClassReport[]): readonly string[] {
  if (classes.length === 0) return [];
  return [
    '<h2>Classes</h2>',
    ...classes.flatMap(({ labelSet, probe, matrix, tables }, at) => [
      `<details${at === 0 ? ' open' : ''}><summary>${escapeHtml(`${labelSet}, ${probe}`)}</summary>`,
      ...(matrix === null ? [] : [figure(matrix)]),
      ...tables.map(sectionHtml),
      '</details>',
    ]),
  ];
}

function notes(run: RunRecord): readonly string[] {
  const lines = [...run.notes, ...leftOut(run)];
  if (lines.length === 0) return [];
  return ['<h2>Notes</h2>', `<ul>${lines.map((line) => `<li>${escapeHtml(line)}</li>`).join('\n')}</ul>`];
}

function howMade(run: RunRecord): readonly string[] {
  const rows = runFacts(run).map(
    ([name, value]) => `<tr><th scope="row">${escapeHtml(name)}</th><td>${escapeHtml(value)}</td></tr>`,
  );
  return [
    '<h2>How it was made</h2>',
    `<div class="wide"><table class="facts">${rows.join('\n')}</table></div>`,
  ];
}

function definitions(): readonly string[] {
  const entries = DEFINITIONS.map(
    ([word, text]) => `<dt>${escapeHtml(word)}</dt><dd>${escapeHtml(text)}</dd>`,
  );
  return [
    '<h2>Definitions</h2>',
    `<dl>${entries.join('\n')}</dl>`,
    '<footer>Linear classifier probes: Guillaume Alain and Yoshua Bengio, <cite>Understanding intermediate layers ' +
      'using linear classifier probes</cite>, 2016 (arXiv:1610.01644).</footer>',
  ];
}
