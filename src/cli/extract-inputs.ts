import { freeGpuMemory } from '../backend/gpu-memory.js';
import type { NetworkBackend } from '../backend/onnx-runtime.js';
import { CLASS_ORDERS, type ClassOrder, orderText } from '../class-order.js';
import type { Dataset } from '../dataset/dataset.js';
import { openDataset } from '../dataset/open-dataset.js';
import type { DatasetOptions } from '../dataset/selection-options.js';
import { UserError } from '../errors.js';
import { type ClassifierScoring, chooseScoring } from '../extract/classifier-scoring.js';
import { chooseColumns, type ExtractColumn } from '../extract/columns.js';
import { defaultBatch } from '../extract/default-batch.js';
import { withLabelTables } from '../extract/label-tables.js';
import { readClassMap } from '../model/class-map.js';
import type { FrozenModel, ModelFacts } from '../model/model.js';
import type { OnnxModel } from '../model/onnx/onnx-model.js';
import { openNetwork } from '../model/open-model.js';
import { withPaperTaps } from '../model/paper-taps.js';
import {
  overridden,
  type Preprocess,
  type PreprocessOptions,
  resolvePreprocess,
} from '../model/preprocess.js';
import { defaultTaps, resolveTaps } from '../model/resolve-taps.js';
import { type ModelSidecar, readSidecar, sidecarPath } from '../model/sidecar.js';
import { poolProblem } from '../reduce/pool-axes.js';
import { SPLITS, type Split } from '../split.js';
import { isCache, readManifest } from '../store/manifest.js';
import { EMBEDDED_DATASET } from './default-paths.js';
import type { ExtractValues } from './extract-options.js';
import { inputSizeOf } from './input-size.js';
import { terminal } from './terminal.js';

/** What a command line of `extract` comes to: everything opened, chosen and checked. */
export interface ExtractInputs {
  readonly backend: NetworkBackend;
  readonly dataset: Dataset;
  readonly model: FrozenModel | OnnxModel;
  readonly preprocess: Preprocess;
  readonly columns: readonly ExtractColumn[];
  readonly scoring: ClassifierScoring | undefined;
  /** Images per forward pass. */
  readonly batch: number;
}

function splitNames<T>(
  what: string,
  values: ReadonlyMap<string, string> | undefined,
  read: (value: string) => T,
) {
  const result: Partial<Record<Split, T>> = {};
  for (const [name, value] of values ?? []) {
    const split = SPLITS.find((one) => one === name);
    if (split === undefined)
      throw new UserError(`--${what} names an unknown split: ${name} (known: ${SPLITS.join(', ')})`);
    result[split] = read(value);
  }
  return result;
}

function part(text: string): number {
  const value = Number(text);
  if (!Number.isFinite(value)) throw new UserError(`--carve is not a number: ${text} (such as valid=0.1)`);
  return value;
}

function classSelection(classes: readonly string[] | undefined): Pick<DatasetOptions, 'classes'> {
  if (classes === undefined) return {};
  const [only] = classes;
  return { classes: classes.length === 1 && /^\d+$/.test(only ?? '') ? Number(only) : classes };
}

/** Opens the data set that the options name, with its further label sets. */
export async function datasetOf(values: ExtractValues): Promise<Dataset> {
  const { train, ...carve } = splitNames('carve', values.carve, part);
  if (train !== undefined) throw new UserError(`--carve is for valid and test: train is what is left`);
  const dataset = await openDataset(values.dataset ?? EMBEDDED_DATASET, {
    ...(values.limit === undefined ? {} : { limit: values.limit }),
    ...classSelection(values.classes),
    ...(values['split-seed'] === undefined ? {} : { splitSeed: values['split-seed'] }),
    carve,
    splitLabels: splitNames('split-labels', values['split-labels'], (file) => file),
  });
  const labelled = await withLabelTables(dataset, values.labels ?? new Map());
  for (const { name, labels } of labelled.labelSets) noteUnlabelled(name, Object.values(labels));
  return labelled;
}

function noteUnlabelled(name: string, labels: readonly Int32Array[]): void {
  const missing = labels.reduce((sum, some) => sum + some.filter((label) => label < 0).length, 0);
  const all = labels.reduce((sum, some) => sum + some.length, 0);
  if (missing > 0) terminal.note(`label set ${name}: ${missing} of ${all} samples have no label`);
}

function declaredPreprocess(values: ExtractValues): PreprocessOptions {
  return {
    preset: values.preprocess,
    resize: values.resize,
    crop: values.crop,
    kernel: values.kernel,
    channelOrder: values['channel-order'],
    mean: values.mean,
    scale: values.scale,
  };
}

/** Says which of the sidecar's statements the command line replaces. */
function noteOverrides(values: ExtractValues, path: string, sidecar: ModelSidecar | undefined): void {
  const replaced = overridden(declaredPreprocess(values), sidecar?.preprocess ?? {});
  const names =
    values['class-map'] === undefined || sidecar?.classes === undefined ? replaced : [...replaced, 'classes'];
  if (names.length > 0)
    terminal.note(`the command line replaces what ${sidecarPath(path)} says of: ${names.join(', ')}`);
}

/** Says which taps are not averaged, as other large ones are where no reduction is named. */
function noteUnpooled(columns: readonly ExtractColumn[]): void {
  const unpooled = columns.filter(({ how, source }) => how.kind === 'random-subset' && poolProblem(source));
  const [first] = unpooled;
  if (first === undefined) return;
  const more = unpooled.length === 1 ? '' : ` and ${unpooled.length - 1} more`;
  terminal.note(
    `${first.tap} (${first.source.shape.join('x')})${more} as ${first.reduction}: ${poolProblem(first.source)}`,
  );
}

/** Says that classes have two orders, and which of them was taken for that of the outputs. */
function noteOrder({ labelSets }: Dataset, used: ClassOrder): void {
  const classes = labelSets[0]?.classes ?? [];
  terminal.note(
    `the network's outputs are read as the classes in ${used} order, ${orderText(classes, used)}, as torchvision and Keras ` +
      `sort folders (--class-map numeric reads them as ${orderText(classes, 'numeric')})`,
  );
}

async function scoringOf(
  values: ExtractValues,
  inputs: Pick<ExtractInputs, 'model' | 'dataset' | 'batch'>,
  sidecarClasses: readonly string[] | undefined,
) {
  const given = values['class-map'];
  const classOrder = CLASS_ORDERS.find((order) => order === given);
  const isFile = given !== undefined && classOrder === undefined;
  const scoring = chooseScoring({
    ...inputs,
    ...(classOrder === undefined ? {} : { classOrder }),
    ...(isFile ? { classMap: await readClassMap(given) } : {}),
    ...(sidecarClasses === undefined ? {} : { sidecarClasses }),
  });
  if (!('none' in scoring)) {
    if (given === undefined && scoring.order !== undefined) noteOrder(inputs.dataset, scoring.order);
    return scoring;
  }
  if (inputs.model.classifier !== undefined)
    terminal.note(`the model's own error is not recorded: ${scoring.none}`);
  return undefined;
}

/** The batch asked for, or the one that the model or the cache fixes, whatever machine made it, or what suits this one. */
async function batchOf(
  asked: number | undefined,
  { cache, backend }: InputSources,
  model: ModelFacts,
): Promise<number> {
  if (model.batch !== undefined && asked !== undefined && asked !== model.batch)
    throw new UserError(`model takes batches of ${model.batch} only: --batch ${asked} (${model.name})`);
  const fixed = asked ?? model.batch;
  if (fixed !== undefined) return fixed;
  if (backend.kernels !== 'gpu' && backend.kernels !== 'cuda') return defaultBatch({ taps: model.taps });
  if (cache !== undefined && isCache(cache)) return (await readManifest(cache)).identity.batch;
  return defaultBatch({ taps: model.taps, gpuBytes: await freeGpuMemory() });
}

/** Opens the model at a path for the images of a data set. The backend must be loaded before. */
export async function openModelFor(
  values: ExtractValues,
  { imageShape }: Pick<Dataset, 'imageShape'>,
  path: string,
): Promise<FrozenModel | OnnxModel> {
  const inputSize = inputSizeOf(values['input-size']) ?? (await readSidecar(path))?.inputSize;
  return await openNetwork(path, { imageShape, inputSize, signature: values.signature });
}

/** What inputs are opened from: the cache is the one that is to be filled, where it is known. */
export interface InputSources {
  readonly backend: NetworkBackend;
  readonly dataset: Dataset;
  readonly path: string;
  readonly cache: string | undefined;
}

/** Opens everything that an `extract` command line names besides its data set, for one model. */
export async function openInputs(values: ExtractValues, sources: InputSources): Promise<ExtractInputs> {
  const { backend, dataset, path } = sources;
  const sidecar = await readSidecar(path);
  const model = await openModelFor(values, dataset, path);
  noteOverrides(values, path, sidecar);
  const preprocess = resolvePreprocess({
    model,
    declared: declaredPreprocess(values),
    sidecar: sidecar?.preprocess,
  });
  const taps =
    values.taps === undefined
      ? defaultTaps(model.taps)
      : resolveTaps(withPaperTaps(values.taps, model.taps, sidecar?.paperTaps), model.taps);
  const columns = chooseColumns(taps, values.reduce);
  if (values.reduce === undefined) noteUnpooled(columns);
  const batch = await batchOf(values.batch, sources, model);
  const scoring = await scoringOf(values, { model, dataset, batch }, sidecar?.classes);
  return { backend, dataset, model, preprocess, columns, scoring, batch };
}
