import { join } from 'node:path';
import { UserError } from '../errors.js';
import {
  type CheckpointsRecord,
  readCheckpointRun,
  readCheckpointsRecord,
} from '../report/checkpoint-run.js';
import { checkpointDeadSegments, deadSegmentLines, findDeadSegments } from '../report/dead-segment-report.js';
import { readDepthSteps } from '../report/depth-step-table.js';
import { MEASUREMENTS_FILE, readMeasurements } from '../report/measurements.js';
import { measurementsJson, runJson } from '../report/results-json.js';
import { readRunRecord } from '../report/run-record.js';
import { readTopology } from '../store/topology.js';
import { defineCommand } from './command.js';
import { defaultCache, defaultRun } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { oneOf } from './options.js';
import {
  checkpointsJson,
  checkpointsText,
  RESULT_TABLES,
  type ResultTable,
  resultText,
} from './result-text.js';
import { SHARED_OPTIONS } from './shared-options.js';
import { terminal } from './terminal.js';

const REPORT_OPTIONS = {
  table: {
    describe: `Table to print: ${RESULT_TABLES.join(', ')}`,
    coerce: oneOf('table', RESULT_TABLES),
    defaultDescription: 'short',
    requiresArg: true,
  },
  json: SHARED_OPTIONS.json,
  config: SHARED_OPTIONS.config,
} as const;

/** `strata report RUN`: tables, plots and the page of a run again, without training. */
export const reportCommand = defineCommand({
  name: 'report',
  usage: 'report [run]',
  describe: 'Make the tables and plots of a run again, without training',
  positionals: {
    run: {
      describe: 'Folder of the run, or of the run of checkpoints (default: that of the embedded data)',
      type: 'string',
    },
  },
  options: REPORT_OPTIONS,
  examples: [
    ['strata report data/runs/glyphs-glyphnet', 'report.html, and plots as SVG, PNG and CSV again'],
    ['strata report data/runs/resnet50 --table paper', "The table in the form of the paper's Figure 4"],
  ],
  async run({ run = defaultRun(defaultCache('glyphs', 'glyphnet')), table = 'short', json }) {
    const checkpoints = await readCheckpointsRecord(run);
    if (checkpoints !== undefined)
      return await reportCheckpoints(run, checkpoints, { table, json: json === true });
    const record = await readRunRecord(run);
    const measurements = await readMeasurements(join(run, MEASUREMENTS_FILE));
    const { writeReport } = await import('../report/report.js');
    const files = await writeReport(run);
    const steps = await readDepthSteps(run);
    const source = { run: record, measurements, steps, topology: await readTopology(run) };
    const { segments } = findDeadSegments(source);
    if (json === true)
      terminal.printJson({
        run: runJson(record),
        measurements: measurementsJson(measurements),
        depthSteps: steps,
        deadSegments: segments,
        files,
      });
    else terminal.print(resultText(measurements, record, { table, steps }));
    for (const line of deadSegmentLines(source)) terminal.warn(line);
    terminal.note(writtenText(files));
    return EXIT.done;
  },
});

/** What a report consists of; its page comes first. */
function writtenText([page, ...others]: readonly string[]): string {
  return `written: ${page}, and ${others.length} plots and tables beside it`;
}

/** The report of each checkpoint again, and then that of all. */
async function reportCheckpoints(
  directory: string,
  record: CheckpointsRecord,
  { table, json }: { readonly table: ResultTable; readonly json: boolean },
): Promise<number> {
  if (table === 'paper')
    throw new UserError('--table paper is for one checkpoint (strata report RUN/step=...)');
  const run = await readCheckpointRun(directory, record);
  const { writeReport } = await import('../report/report.js');
  const { writeCheckpointReport } = await import('../report/checkpoint-report.js');
  const own = [];
  for (const { folder } of record.checkpoints) own.push(...(await writeReport(join(directory, folder))));
  const files = await writeCheckpointReport(directory, run);
  if (json) terminal.printJson({ ...checkpointsJson(run), files: [...files, ...own] });
  else terminal.print(checkpointsText(run, table));
  for (const line of checkpointDeadSegments(run)) terminal.warn(line);
  terminal.note(`${writtenText(files)}, and those of each checkpoint`);
  return EXIT.done;
}
