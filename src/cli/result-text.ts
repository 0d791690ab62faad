import type { Measurement } from '../probe/measurement.js';
import type { CheckpointRun } from '../report/checkpoint-run.js';
import { checkpointTable } from '../report/checkpoint-table.js';
import { findDeadSegments } from '../report/dead-segment-report.js';
import type { DepthStep } from '../report/depth-steps.js';
import { overviewTable } from '../report/overview-table.js';
import { paperTable } from '../report/paper-table.js';
import { measurementsJson, runJson } from '../report/results-json.js';
import { controlsOf, type RunRecord } from '../report/run-record.js';
import { resultTable, type Table } from '../report/table.js';
import { tableText } from '../report/table-text.js';

/** The tables that the terminal can show: the run's own, one section for each label set, or the paper's Figure 4a. */
export const RESULT_TABLES = ['short', 'full', 'paper'] as const;

/** One of {@link RESULT_TABLES}. */
export type ResultTable = (typeof RESULT_TABLES)[number];

/** The results as text: in short, the first label set and the controls in full, and one table over all label sets. */
export function resultText(
  measurements: readonly Measurement[],
  run: RunRecord,
  { table, steps }: { readonly table: ResultTable; readonly steps: readonly DepthStep[] },
): string {
  if (table === 'paper') return tableText(paperTable(measurements, run));
  const full = resultTable(measurements, run, steps);
  if (table === 'full' || run.labelSets.length === 1) return tableText(full);
  return `${tableText(shortened(full, controlsOf(run)))}\n\n${tableText(overviewTable(measurements, run))}`;
}

/** The first label set and the controls, whose errors mean nothing without what is said below their tables. */
function shortened({ sections }: Table, controls: readonly string[]): Table {
  const shown = sections.filter(({ labelSet = '' }, at) => at === 0 || controls.includes(labelSet));
  return { sections: shown };
}

/** The results of several checkpoints as text, taps x steps: in short of the first label set and controls, in full of each. */
export function checkpointsText(run: CheckpointRun, table: ResultTable): string {
  const full = checkpointTable(run);
  const controls = run.results.flatMap((result) => controlsOf(result.run));
  return tableText(table === 'full' ? full : shortened(full, controls));
}

/** The results of several checkpoints for machines: of each its run, its measurements and its dead segments. */
export function checkpointsJson({ record, results }: CheckpointRun) {
  const checkpoints = results.map((result) => {
    const { topology: _, run, measurements, steps, ...checkpoint } = result;
    return {
      ...checkpoint,
      run: runJson(run),
      measurements: measurementsJson(measurements),
      depthSteps: steps,
      deadSegments: findDeadSegments(result, results.length).segments,
    };
  });
  return { ...record, checkpoints };
}
