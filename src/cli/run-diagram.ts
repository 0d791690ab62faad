import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { RANDOM } from '../control-name.js';
import { UserError } from '../errors.js';
import { openNetwork } from '../model/open-model.js';
import { withPaperTaps } from '../model/paper-taps.js';
import { defaultTaps, resolveTaps } from '../model/resolve-taps.js';
import { readSidecar } from '../model/sidecar.js';
import {
  type CheckpointsRecord,
  readCheckpointRun,
  readCheckpointsRecord,
} from '../report/checkpoint-run.js';
import { checkpointFrames } from '../report/draw-networks.js';
import { MEASUREMENTS_FILE, readMeasurements } from '../report/measurements.js';
import { type NetworkOptions, type NetworkPlot, networkPlot, networkSketch } from '../report/network-plot.js';
import { networkSvg } from '../report/network-svg.js';
import { svgPng } from '../report/png.js';
import { replaceFile } from '../report/replace-file.js';
import { type LabelSetRecord, RUN_FILE, readRunRecord } from '../report/run-record.js';
import { readTopology } from '../store/topology.js';
import { EMBEDDED_MODEL } from './default-paths.js';
import type { DiagramValues } from './diagram-options.js';
import { EXIT } from './exit-code.js';
import { inputSizeOf } from './input-size.js';
import { networkBackend } from './network-backend.js';
import { terminal } from './terminal.js';

/** What is written, by the ending of the file's name. */
const KINDS = ['.svg', '.png'] as const;

function checkOut(out: string): void {
  const ending = extname(out).toLowerCase();
  if (!KINDS.some((kind) => kind === ending))
    throw new UserError(`--out must end in ${KINDS.join(' or ')}: ${out}`);
  if (!existsSync(dirname(out))) throw new UserError(`--out: no such folder: ${dirname(out)}`);
}

function drawingOf({ style = 'network', collapse = 'auto' }: DiagramValues): NetworkOptions {
  return { style, collapse };
}

async function plotOfModel(path: string, values: DiagramValues): Promise<NetworkPlot> {
  if (values.labels !== undefined)
    throw new UserError(`--labels is for a run, and ${path} is a model: ${values.labels}`);
  await networkBackend([path], values.backend);
  const sidecar = await readSidecar(path);
  const inputSize = inputSizeOf(values['input-size']) ?? sidecar?.inputSize;
  const model = await openNetwork(path, { inputSize, signature: values.signature });
  try {
    const probed =
      values.taps === undefined
        ? defaultTaps(model.taps)
        : resolveTaps(withPaperTaps(values.taps, model.taps, sidecar?.paperTaps), model.taps);
    return networkSketch(
      { taps: model.taps },
      {
        model: model.name,
        probed: new Set(probed.map(({ name }) => name)),
        ...drawingOf(values),
      },
    );
  } finally {
    model.dispose();
  }
}

/** What is drawn of a run: the label set that was asked for, or the first one. */
function drawingOfRun(
  directory: string,
  values: DiagramValues,
  labelSets: readonly LabelSetRecord[],
): NetworkOptions & { readonly labelSet: string } {
  if (values.taps !== undefined)
    throw new UserError(`--taps is for a model, and ${directory} is a run: ${values.taps.join(',')}`);
  if (values.signature !== undefined)
    throw new UserError(`--signature is for a model, and ${directory} is a run: ${values.signature}`);
  const names = labelSets.map(({ name }) => name);
  const asked = values.labels ?? names[0] ?? '';
  const isShort = asked === RANDOM && !names.includes(asked);
  const labelSet = isShort
    ? (labelSets.find(({ controlOf }) => controlOf === 'label')?.name ?? asked)
    : asked;
  if (!names.includes(labelSet))
    throw new UserError(`label set not found: ${labelSet} (known: ${names.join(', ')})`);
  return { labelSet, ...drawingOf(values) };
}

function withoutNetwork(directory: string): UserError {
  return new UserError(`${directory} does not know its network (an earlier version made it): probe again`);
}

async function plotOfRun(directory: string, values: DiagramValues): Promise<NetworkPlot> {
  const run = await readRunRecord(directory);
  const drawing = drawingOfRun(directory, values, run.labelSets);
  const topology = await readTopology(directory);
  if (topology === undefined) throw withoutNetwork(directory);
  const measurements = await readMeasurements(join(directory, MEASUREMENTS_FILE));
  return networkPlot(topology, measurements, run, drawing);
}

async function plotOfCheckpoints(
  directory: string,
  record: CheckpointsRecord,
  values: DiagramValues,
): Promise<NetworkPlot> {
  const run = await readCheckpointRun(directory, record);
  const drawing = drawingOfRun(directory, values, run.results[0]?.run.labelSets ?? []);
  const frames = checkpointFrames(run, drawing);
  if (frames === undefined) throw withoutNetwork(directory);
  return frames;
}

async function plotOf(path: string, values: DiagramValues): Promise<NetworkPlot> {
  const checkpoints = await readCheckpointsRecord(path);
  if (checkpoints !== undefined) return await plotOfCheckpoints(path, checkpoints, values);
  return existsSync(join(path, RUN_FILE)) ? await plotOfRun(path, values) : await plotOfModel(path, values);
}

/** Carries out `strata diagram` and returns its exit code. */
export async function drawDiagram(values: DiagramValues): Promise<number> {
  const { out, model = EMBEDDED_MODEL } = values;
  if (out !== undefined) checkOut(out);
  const svg = await networkSvg(await plotOf(model, values));
  if (out === undefined) {
    terminal.print(svg.trimEnd());
    return EXIT.done;
  }
  const picture = extname(out).toLowerCase() === '.png' ? await svgPng(svg) : svg;
  await replaceFile(out, (temporary) => writeFile(temporary, picture));
  terminal.note(`written: ${out}`);
  return EXIT.done;
}
