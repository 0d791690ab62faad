import { checkpointText } from '../checkpoint.js';
import type { CheckpointRun } from './checkpoint-run.js';
import { checkpointSummary } from './checkpoint-summary.js';
import { checkpointTable } from './checkpoint-table.js';
import type { DrawnPlot } from './class-report.js';
import { escapeHtml } from './escape-html.js';
import { figure, paragraphs } from './html.js';
import { htmlPage } from './html-page.js';
import { countText } from './number-text.js';
import { tableHtml } from './table-html.js';

/** What {@link checkpointPage} shows. */
export interface CheckpointPageContent {
  readonly run: CheckpointRun;
  readonly plots: readonly DrawnPlot[];
  /** A line for each dead segment. */
  readonly deadSegments: readonly string[];
}

/** `report.html` of several checkpoints: their probes against each other, and links to the report of each. */
export function checkpointPage({ run, plots, deadSegments }: CheckpointPageContent): string {
  const { network, dataset } = run.record;
  const title = `${network} on ${dataset}: linear probes during training`;
  const [errors, losses] = [plots.filter((plot) => !isLoss(plot)), plots.filter(isLoss)];
  return htmlPage(title, [
    `<div class="summary">${paragraphs(checkpointSummary(run))}</div>`,
    ...deadSegments.map((line) => `<p class="warning">${escapeHtml(line)}</p>`),
    ...errors.map(figure),
    '<h2>Results</h2>',
    tableHtml(checkpointTable(run)),
    ...(losses.length === 0 ? [] : ['<details><summary>Loss</summary>', ...losses.map(figure), '</details>']),
    '<h2>Each checkpoint</h2>',
    ...checkpointList(run),
  ]);
}

function isLoss({ name }: DrawnPlot): boolean {
  return name.startsWith('loss-');
}

function checkpointList({ results }: CheckpointRun): readonly string[] {
  const rows = results.map(({ folder, model, measurements, run, ...checkpoint }) => {
    const link = `${folder.split('/').map(encodeURIComponent).join('/')}/report.html`;
    const cells = [
      `<a href="${escapeHtml(link)}">${escapeHtml(checkpointText(checkpoint))}</a>`,
      escapeHtml(model),
      countText(measurements.length),
      escapeHtml(run.cache.fingerprint.slice(0, 12)),
    ];
    return `<tr>${cells.map((text) => `<td>${text}</td>`).join('')}</tr>`;
  });
  const head = ['report', 'model', 'probes', 'cache fingerprint'].map((name) => `<th>${name}</th>`);
  return [
    '<div class="wide"><table>',
    `<thead><tr>${head.join('')}</tr></thead>`,
    `<tbody>\n${rows.join('\n')}\n</tbody>`,
    '</table></div>',
    '<p class="below">The numbers of all checkpoints in one table: measurements.parquet, with the columns checkpoint, ' +
      'step and model_seed.</p>',
  ];
}
