import type { Measurement } from '../probe/measurement.js';
import { escapeHtml } from './escape-html.js';
import { paperTable } from './paper-table.js';
import { REPORT_STYLE } from './report-style.js';
import { leftOut, runFacts } from './run-facts.js';
import type { RunRecord } from './run-record.js';
import { summary } from './summary.js';
import { resultTable } from './table.js';
import { tableHtml } from './table-html.js';

/** A drawn plot: the name of its files without extension, and the SVG document. */
export interface DrawnPlot {
  readonly name: string;
  readonly svg: string;
}

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
    'l2',
    'The penalty of the selected probe: of the values tried, that with the lowest loss on valid. ' +
      'The test split is read once, for selected probes only.',
  ],
  ['chance', "The error of always predicting train's most frequent class."],
  ['model itself', "The model's own classifier on the same samples."],
] as const;

/** `report.html`: one self-contained page, from the summary to the definitions. Everything from users is escaped. */
export function reportPage(
  measurements: readonly Measurement[],
  run: RunRecord,
  plots: readonly DrawnPlot[],
): string {
  const title = `${run.names.model} on ${run.names.dataset}: linear probes by depth`;
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    `<title>${escapeHtml(title)}</title>`,
    `<style>${REPORT_STYLE}</style>`,
    '</head>',
    '<body>',
    `<h1>${escapeHtml(title)}</h1>`,
    `<div class="summary">${paragraphs(summary(measurements, run))}</div>`,
    ...run.warnings.map((warning) => `<p class="warning">${escapeHtml(warning)}</p>`),
    ...plots.filter((plot) => !isLoss(plot)).map(figure),
    '<h2>Results</h2>',
    tableHtml(resultTable(measurements, run)),
    `<details><summary>As the paper prints it (Figure 4a)</summary>${tableHtml(paperTable(measurements, run))}</details>`,
    ...lossFigures(plots.filter(isLoss)),
    ...notes(run),
    ...howMade(run),
    ...definitions(),
    '</body>',
    '</html>',
    '',
  ].join('\n');
}

function paragraphs(lines: readonly string[]): string {
  return lines.map((line) => `<p>${escapeHtml(line)}</p>`).join('\n');
}

function figure({ name, svg }: DrawnPlot): string {
  // The file's name goes into a link: percent signs of an encoded label set are part of it.
  const link = (extension: string) =>
    `<a href="${escapeHtml(encodeURIComponent(`${name}.${extension}`))}">${extension.toUpperCase()}</a>`;
  return `<figure>\n${svg.trim()}\n<figcaption>${link('svg')}, numbers as ${link('csv')}</figcaption>\n</figure>`;
}

function isLoss({ name }: DrawnPlot): boolean {
  return name.startsWith('loss-');
}

function lossFigures(plots: readonly DrawnPlot[]): readonly string[] {
  if (plots.length === 0) return [];
  return ['<details><summary>Loss by depth</summary>', ...plots.map(figure), '</details>'];
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
