import { mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { type Confusion, confusionOf, quotedConfusions } from '../probe/confusion.js';
import type { Measurement, ProbeWeights } from '../probe/measurement.js';
import { type Outcomes, outcomesOf } from '../probe/outcomes.js';
import { durableRename } from '../store/durable-rename.js';
import { readTopology, TOPOLOGY_FILE, type Topology, writeTopology } from '../store/topology.js';
import { classReport, type DrawnPlot } from './class-report.js';
import { probesShown } from './confusion-plot.js';
import { CLASSES_FILE, CONFUSION_FILE, readConfusions, writeConfusions } from './confusion-tables.js';
import { deadSegmentLines } from './dead-segment-report.js';
import { type DepthPlot, errorByDepth, lossByDepth } from './depth-plot.js';
import { DEPTH_STEPS_FILE, readDepthSteps, writeDepthSteps } from './depth-step-table.js';
import { type DepthStep, measureDepthSteps } from './depth-steps.js';
import { drawNetworks } from './draw-networks.js';
import {
  errorByFactor,
  errorByPenalty,
  errorByRate,
  type HeatMap,
  hasSeveral,
  heatMapCsv,
} from './heat-map.js';
import { heatMapSvg } from './heat-map-svg.js';
import { reportPage } from './html.js';
import { MEASUREMENTS_FILE, readMeasurements, writeMeasurements } from './measurements.js';
import { monotonicityOf } from './monotonicity.js';
import { MONOTONICITY_FILE, monotonicityCsv } from './monotonicity-table.js';
import { overviewByDepth } from './overview-plot.js';
import { plotCsv } from './plot-csv.js';
import { withSteps } from './plot-depth-steps.js';
import { plotSvg } from './plot-svg.js';
import { type PredictionSource, writePredictions } from './predictions.js';
import { replaceText } from './replace-file.js';
import { RUN_FILE, type RunRecord, readRunRecord, writeRunRecord } from './run-record.js';
import { writeProbes } from './safetensors.js';
import { writeFigures } from './write-figures.js';

/** The page of a run. */
export const REPORT_FILE = 'report.html';

const PREDICTIONS_FILE = 'predictions.parquet';
const PROBES_FILE = 'probes.safetensors';

const PLOT_FILE = /^((error|loss)-by-(depth|factor|l2|rate)(\..+)?|(confusion|network)\..+)\.(svg|png|csv)$/;

/**
 * Makes `report.html`, the plots and their numbers from `run.json` and `measurements.parquet`, without training.
 * Equal inputs give equal bytes. Plots of label sets that the run does not have are removed.
 *
 * @returns the paths of the files, the page first.
 * @throws UserError when the directory holds no run.
 */
export async function writeReport(runDirectory: string): Promise<readonly string[]> {
  const run = await readRunRecord(runDirectory);
  const measurements = await readMeasurements(join(runDirectory, MEASUREMENTS_FILE));
  const steps = await readDepthSteps(runDirectory);
  const topology = await readTopology(runDirectory);
  const deadSegments = deadSegmentLines({ run, measurements, steps, topology });
  const drawn = [
    ...(await drawAll(plotsOf(measurements, run, steps), heatMapsOf(measurements, run))),
    ...(await drawNetworks(topology, measurements, run)),
  ];
  const confusions = await readConfusions(runDirectory, probesShown(measurements, run));
  const classes = [];
  for (const confusion of confusions) classes.push(await classReport(confusion, measurements, run));
  const figures = [...drawn, ...classes.flatMap(({ matrix }) => matrix ?? [])];
  const files = [
    {
      name: REPORT_FILE,
      text: reportPage({ measurements, run, steps, plots: drawn, deadSegments, classes }),
    },
    { name: MONOTONICITY_FILE, text: monotonicityCsv(monotonicityOf(measurements, run, steps)) },
  ];
  for (const { name, text } of files) await replaceText(join(runDirectory, name), text);
  const names = [...files.map(({ name }) => name), ...(await writeFigures(runDirectory, figures))];
  await removeOtherPlots(runDirectory, names);
  return names.map((name) => join(runDirectory, name));
}

/** Draws plots and maps; what compares label sets comes first. */
async function drawAll(plots: readonly DepthPlot[], maps: readonly HeatMap[]): Promise<readonly DrawnPlot[]> {
  const drawn: DrawnPlot[] = [];
  for (const plot of plots) drawn.push({ name: plot.name, svg: await plotSvg(plot), csv: plotCsv(plot) });
  for (const map of maps) drawn.push({ name: map.name, svg: await heatMapSvg(map), csv: heatMapCsv(map) });
  const isOfOne = ({ name }: DrawnPlot) => Number(name.includes('.'));
  return drawn.sort((a, b) => isOfOne(a) - isOfOne(b));
}

/** The plots of a run: the overview where there are several label sets, then error and loss of each. */
export function plotsOf(
  measurements: readonly Measurement[],
  run: RunRecord,
  steps: readonly DepthStep[] = [],
): readonly DepthPlot[] {
  const overview = run.labelSets.length > 1 ? [overviewByDepth(measurements, run)] : [];
  const each = run.labelSets.flatMap(({ name }) => [
    withSteps(
      errorByDepth(measurements, run, name),
      steps.filter(({ labelSet }) => labelSet === name),
    ),
    lossByDepth(measurements, run, name),
  ]);
  return [...overview, ...each].filter(({ facets }) => facets.some(({ series }) => series.length > 0));
}

/** The heat maps of a run: by label set where there are several, and of each by l2 value and rate where several were tried. */
export function heatMapsOf(measurements: readonly Measurement[], run: RunRecord): readonly HeatMap[] {
  const byFactor = run.labelSets.length > 1 ? [errorByFactor(measurements, run)] : [];
  const each = run.labelSets.flatMap(({ name }) => [
    ...(hasSeveral(measurements, name, ({ l2 }) => l2) ? [errorByPenalty(measurements, run, name)] : []),
    ...(hasSeveral(measurements, name, ({ learningRate }) => learningRate)
      ? [errorByRate(measurements, run, name)]
      : []),
  ]);
  return [...byFactor, ...each].filter(({ cells }) => cells.length > 0);
}

async function removeOtherPlots(runDirectory: string, keep: readonly string[]): Promise<void> {
  const names = await readdir(runDirectory);
  const others = names.filter((name) => PLOT_FILE.test(name) && !keep.includes(name));
  for (const name of others) await rm(join(runDirectory, name));
}

/** Everything a run leaves behind. */
export interface Results {
  readonly run: RunRecord;
  /** The whole network, of which some taps have probes. */
  readonly topology: Topology;
  readonly measurements: readonly Measurement[];
  readonly predictions: PredictionSource;
  readonly weights: readonly ProbeWeights[];
}

/** What the name of a folder of results that are still being written begins with. */
export const STAGING_PREFIX = '.unfinished-';

const ABANDONED_AFTER_MS = 24 * 60 * 60 * 1000;

/**
 * Writes the results of a run into its directory, which is made where it is missing, and the report:
 *
 *     data/runs/<name>/
 *       run.json                  what was asked for, of which cache, and where it ran
 *       topology.json             the network as a graph: every tap, probed or not
 *       measurements.parquet      a row for each probe
 *       predictions.parquet       what the selected probes said
 *       depth-steps.parquet       how the error changes from one probed tap to the next
 *       probes.safetensors        the selected probes
 *       report.html               with the plots: error-by-depth.*.svg, error-by-factor.svg and so on, as .png
 *                                 too, and their numbers as .csv; monotonicity.csv
 *       parts/                    what was trained, column by column, for runs that go on from there (result-parts.ts)
 *
 * Everything but the parts is written into a folder beside the earlier run first, which stays as it was when that
 * fails. Then `run.json` goes first and comes back last: a directory that has it is complete. What killed runs were
 * writing is removed after a day.
 *
 * @returns the paths of the files.
 */
export async function writeResults(runDirectory: string, results: Results): Promise<readonly string[]> {
  await mkdir(runDirectory, { recursive: true });
  await removeAbandonedStaging(runDirectory);
  const staging = await mkdtemp(join(runDirectory, STAGING_PREFIX));
  try {
    const names = await writeAll(staging, results);
    await rm(join(runDirectory, RUN_FILE), { force: true });
    for (const name of names)
      await durableRename(join(staging, name), join(runDirectory, name), runDirectory);
    await removeOtherPlots(runDirectory, names);
    return names.map((name) => join(runDirectory, name));
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function removeAbandonedStaging(runDirectory: string): Promise<void> {
  const names = (await readdir(runDirectory)).filter((name) => name.startsWith(STAGING_PREFIX));
  for (const path of names.map((name) => join(runDirectory, name))) {
    // Another process may have finished it in the meantime.
    const changed = (await stat(path).catch(() => undefined))?.mtimeMs ?? Number.POSITIVE_INFINITY;
    if (Date.now() - changed > ABANDONED_AFTER_MS) await rm(path, { recursive: true, force: true });
  }
}

/** Writes the files of a run, and returns their names: `run.json` last. */
async function writeAll(
  directory: string,
  { run, topology, measurements, predictions, weights }: Results,
): Promise<readonly string[]> {
  const file = (name: string) => join(directory, name);
  await writeTopology(directory, topology);
  await writeMeasurements(file(MEASUREMENTS_FILE), measurements, run.labelSets);
  const confusions: Confusion[] = [];
  const outcomes: Outcomes[] = [];
  await writePredictions(file(PREDICTIONS_FILE), predictions, (set) => {
    confusions.push(confusionOf(set));
    outcomes.push(outcomesOf(set));
  });
  await writeConfusions(directory, quotedConfusions(confusions));
  await writeDepthSteps(
    directory,
    measureDepthSteps(measurements, { topology, outcomes, folds: run.options.folds }),
  );
  await writeProbes(file(PROBES_FILE), weights);
  await writeRunRecord(directory, run);
  const report = await writeReport(directory);
  return [
    TOPOLOGY_FILE,
    MEASUREMENTS_FILE,
    PREDICTIONS_FILE,
    CONFUSION_FILE,
    CLASSES_FILE,
    DEPTH_STEPS_FILE,
    PROBES_FILE,
    ...report.map((path) => basename(path)),
    RUN_FILE,
  ];
}
