import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { rowsOfCheckpoints, writeCheckpointMeasurements } from './checkpoint-measurements.js';
import { checkpointPage } from './checkpoint-page.js';
import { checkpointPlots } from './checkpoint-plots.js';
import type { CheckpointRun } from './checkpoint-run.js';
import { checkpointDeadSegments } from './dead-segment-report.js';
import { drawNetworkFrames } from './draw-networks.js';
import { MEASUREMENTS_FILE } from './measurements.js';
import { plotCsv } from './plot-csv.js';
import { plotSvg } from './plot-svg.js';
import { replaceText } from './replace-file.js';
import { REPORT_FILE } from './report.js';

const PLOT_FILE = /^((error|loss)-by-(depth|step)|network-frames)\..+\.(svg|csv)$/;

/**
 * Writes what compares the checkpoints of a run into its folder: `measurements.parquet` of all, `report.html`, and the
 * plots with their numbers. Equal runs give equal bytes. Plots of label sets that the run does not have are removed.
 *
 * @returns the paths of the files, the page first.
 */
export async function writeCheckpointReport(
  directory: string,
  run: CheckpointRun,
): Promise<readonly string[]> {
  await writeCheckpointMeasurements(join(directory, MEASUREMENTS_FILE), rowsOfCheckpoints(run.results));
  const plots = checkpointPlots(run).filter(({ facets }) => facets.some(({ series }) => series.length > 0));
  const drawn = [];
  for (const plot of plots) drawn.push({ name: plot.name, svg: await plotSvg(plot), csv: plotCsv(plot) });
  drawn.push(...(await drawNetworkFrames(run)));
  const files = [
    {
      name: REPORT_FILE,
      text: checkpointPage({ run, plots: drawn, deadSegments: checkpointDeadSegments(run) }),
    },
    ...drawn.map(({ name, svg }) => ({ name: `${name}.svg`, text: svg })),
    ...drawn.map(({ name, csv }) => ({ name: `${name}.csv`, text: csv })),
  ];
  for (const { name, text } of files) await replaceText(join(directory, name), text);
  const names = files.map(({ name }) => name);
  const others = (await readdir(directory)).filter((name) => PLOT_FILE.test(name) && !names.includes(name));
  for (const name of others) await rm(join(directory, name));
  return [...names, MEASUREMENTS_FILE].map((name) => join(directory, name));
}
