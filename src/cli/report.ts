import { join } from 'node:path';
import { MEASUREMENTS_FILE, readMeasurements } from '../report/measurements.js';
import { readRunRecord } from '../report/run-record.js';
import { readSteps } from '../report/step-table.js';
import { defineCommand } from './command.js';
import { defaultCache, defaultRun } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { oneOf } from './options.js';
import { RESULT_TABLES, resultText } from './result-text.js';
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
    run: { describe: 'Folder of the run (default: that of the embedded data)', type: 'string' },
  },
  options: REPORT_OPTIONS,
  examples: [
    ['strata report data/runs/glyphs-glyphnet', 'report.html, SVGs and CSVs again'],
    ['strata report data/runs/resnet50 --table paper', "The table in the form of the paper's Figure 4"],
  ],
  async run({ run = defaultRun(defaultCache('glyphs', 'glyphnet')), table = 'short', json }) {
    const record = await readRunRecord(run);
    const measurements = await readMeasurements(join(run, MEASUREMENTS_FILE));
    const { writeReport } = await import('../report/report.js');
    const files = await writeReport(run);
    const steps = await readSteps(run);
    if (json === true) terminal.printJson({ run: record, measurements, steps, files });
    else terminal.print(resultText(measurements, record, { table, steps }));
    terminal.note(`written: ${files.join(', ')}`);
    return EXIT.done;
  },
});
