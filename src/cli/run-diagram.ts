import { existsSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { dirname, extname, join } from 'node:path';
import { UserError } from '../errors.js';
import { openNetwork } from '../model/open-model.js';
import { defaultTaps, resolveTaps } from '../model/resolve-taps.js';
import { readSidecar } from '../model/sidecar.js';
import { MEASUREMENTS_FILE, readMeasurements } from '../report/measurements.js';
import { type NetworkPlot, networkPlot, networkSketch } from '../report/network-plot.js';
import { networkSvg } from '../report/network-svg.js';
import { svgPng } from '../report/png.js';
import { replaceFile } from '../report/replace-file.js';
import { RUN_FILE, readRunRecord } from '../report/run-record.js';
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

async function plotOfModel(path: string, values: DiagramValues): Promise<NetworkPlot> {
  if (values.labels !== undefined)
    throw new UserError(`--labels is for a run, and ${path} is a model: ${values.labels}`);
  await networkBackend([path], values.backend);
  const inputSize = inputSizeOf(values['input-size']) ?? (await readSidecar(path))?.inputSize;
  const model = await openNetwork(path, inputSize === undefined ? {} : { inputSize });
  try {
    const probed = values.taps === undefined ? defaultTaps(model.taps) : resolveTaps(values.taps, model.taps);
    return networkSketch(
      { taps: model.taps },
      {
        model: model.name,
        probed: new Set(probed.map(({ name }) => name)),
        style: values.style ?? 'network',
      },
    );
  } finally {
    model.dispose();
  }
}

async function plotOfRun(directory: string, values: DiagramValues): Promise<NetworkPlot> {
  if (values.taps !== undefined)
    throw new UserError(`--taps is for a model, and ${directory} is a run: ${values.taps.join(',')}`);
  const run = await readRunRecord(directory);
  const topology = await readTopology(directory);
  if (topology === undefined)
    throw new UserError(`${directory} does not know its network (an earlier version made it): probe again`);
  const names = run.labelSets.map(({ name }) => name);
  const labelSet = values.labels ?? names[0] ?? '';
  if (!names.includes(labelSet))
    throw new UserError(`label set not found: ${labelSet} (known: ${names.join(', ')})`);
  const measurements = await readMeasurements(join(directory, MEASUREMENTS_FILE));
  return networkPlot(topology, measurements, run, { labelSet, style: values.style ?? 'network' });
}

/** Carries out `strata diagram` and returns its exit code. */
export async function drawDiagram(values: DiagramValues): Promise<number> {
  const { out, model = EMBEDDED_MODEL } = values;
  if (out !== undefined) checkOut(out);
  const isRun = existsSync(join(model, RUN_FILE));
  const svg = await networkSvg(await (isRun ? plotOfRun(model, values) : plotOfModel(model, values)));
  if (out === undefined) {
    terminal.print(svg.trimEnd());
    return EXIT.done;
  }
  const picture = extname(out).toLowerCase() === '.png' ? svgPng(svg) : svg;
  await replaceFile(out, (temporary) => writeFile(temporary, picture));
  terminal.note(`written: ${out}`);
  return EXIT.done;
}
