import { existsSync } from 'node:fs';
import { basename, dirname, join, relative, resolve } from 'node:path';
import {
  type Checkpoint,
  checkpointConflict,
  checkpointOfFolder,
  compareCheckpoints,
  seedOfFolder,
} from '../checkpoint.js';
import { UserError } from '../errors.js';
import { filesIn, foldersIn } from '../folders-in.js';
import { isOnnxPath } from './onnx/onnx-path.js';
import { isSavedModel } from './saved-model/read-saved-model.js';

/** A checkpoint and where its model lies. */
export interface ModelCheckpoint extends Checkpoint {
  /** The model's folder, as `openModel` takes it. */
  readonly path: string;
  /** A short name for titles: `mnist-convnet/seed-1/step-100`. */
  readonly name: string;
}

/** What `--model` names: one model, or checkpoints of one network by seed and step. */
export type NamedModels =
  | { readonly kind: 'model'; readonly path: string }
  | {
      readonly kind: 'checkpoints';
      readonly network: string;
      readonly checkpoints: readonly ModelCheckpoint[];
    };

/** A model's path, and the names of its folder and of the folder around it. */
interface Found {
  readonly path: string;
  readonly leaf: string;
  readonly parent: string;
}

type OrderedModel = Found & Checkpoint;

function holdsModel(folder: string): boolean {
  return existsSync(join(folder, 'model.json')) || isSavedModel(folder);
}

function isModel(path: string): boolean {
  return path === 'pixels' || path.endsWith('.json') || isOnnxPath(path) || holdsModel(path);
}

function found(path: string): Found {
  if (isOnnxPath(path))
    return { path, leaf: basename(path, '.onnx'), parent: basename(dirname(resolve(path))) };
  const folder = path.endsWith('.json') ? dirname(resolve(path)) : resolve(path);
  return { path, leaf: basename(folder), parent: basename(dirname(folder)) };
}

/** What may be a checkpoint in a folder: its folders, or its ONNX files. */
async function placesIn(path: string): Promise<readonly string[]> {
  const names = [...(await foldersIn(path)), ...(await filesIn(path)).filter(isOnnxPath)];
  // A link may be either.
  return [...new Set(names)].map((name) => join(path, name));
}

/** The models of a folder that is none itself: in it, in its folders, or in those of its folders that are named by a seed. */
async function modelsIn(path: string): Promise<readonly Found[]> {
  const folders = await placesIn(path);
  const runs = folders.filter(
    (folder) => !holdsModel(folder) && !isOnnxPath(folder) && seedOfFolder(basename(folder)) !== null,
  );
  const inner = await Promise.all(runs.map(async (run) => await placesIn(run)));
  return [...folders, ...inner.flat()].filter((one) => isOnnxPath(one) || holdsModel(one)).map(found);
}

type Given = 'one by one' | 'by folder';

/** The steps that the names say, or where these do not tell models given one by one apart, their order as given. */
function inOrder(models: readonly Found[], given: Given): readonly OrderedModel[] {
  const named = models.map((model) => ({ model, said: checkpointOfFolder(model.parent, model.leaf) }));
  const known = named.flatMap(({ model, said }) => (said === null ? [] : [{ ...model, ...said }]));
  const problem =
    known.length < named.length
      ? `${named.find(({ said }) => said === null)?.model.path} has no step in its name`
      : checkpointConflict(known.map((one) => ({ ...one, from: one.path })));
  if (problem === undefined) return known.sort(compareCheckpoints);
  if (given === 'one by one') return asGiven(models);
  throw new UserError(`checkpoints cannot be put in order: ${problem} (such as step-0, or seed-1/step-0)`);
}

function asGiven(models: readonly Found[]): readonly OrderedModel[] {
  const counts = new Map<number | null, number>();
  const ordered = models.map((model) => {
    const modelSeed = seedOfFolder(model.parent);
    const step = counts.get(modelSeed) ?? 0;
    counts.set(modelSeed, step + 1);
    return { ...model, step, modelSeed };
  });
  const problem = checkpointConflict(ordered.map((one) => ({ ...one, from: one.path })));
  if (problem === undefined) return ordered;
  throw new UserError(`checkpoints cannot be put in order: ${problem}`);
}

/** The folder that all models share, past folders that are named by a seed. */
function sharedFolder(models: readonly Found[]): string {
  const parents = models.map(({ path }) => dirname(resolve(path.endsWith('.json') ? dirname(path) : path)));
  let folder = parents[0] ?? '';
  const isAround = (parent: string) => !relative(folder, parent).startsWith('..');
  while (!parents.every(isAround)) folder = dirname(folder);
  return seedOfFolder(basename(folder)) === null ? folder : dirname(folder);
}

function namedCheckpoints(models: readonly Found[], given: Given): NamedModels {
  const ordered = inOrder(models, given);
  const byName = ordered.every((one) => checkpointOfFolder(one.parent, one.leaf)?.step === one.step);
  const network = byName ? basename(sharedFolder(models)) : (ordered.at(-1)?.leaf ?? '');
  const checkpoints = ordered.map(({ path, leaf, parent, step, modelSeed }) => {
    const own = modelSeed === null || step === null ? leaf : `${parent}/${leaf}`;
    return { path, name: `${network}/${own}`, step, modelSeed };
  });
  return { kind: 'checkpoints', network, checkpoints };
}

/**
 * What the paths of `--model` name. A single model is one; several, or a folder that holds no `model.json` itself but
 * folders that do (`step-000000`, `epoch_3`; or two levels, `seed-1/step-0`) or ONNX files (`step-100.onnx`), are checkpoints of one network. Their
 * steps are the last numbers of their names; where these do not tell models given one by one apart, the order given.
 *
 * @throws UserError for a folder without models, and for checkpoints that cannot be put in order.
 */
export async function findCheckpoints(paths: readonly string[]): Promise<NamedModels> {
  const [first = ''] = paths;
  const models = await Promise.all(
    paths.map(async (path) => (isModel(path) ? [found(path)] : await modelsIn(path))),
  );
  // What is no folder of models at all is opened as a model, which says what is wrong with it.
  const single = paths.length === 1 && (isModel(first) || (await placesIn(first)).length === 0);
  if (single) return { kind: 'model', path: first };
  const empty = paths.find((_, at) => models[at]?.length === 0);
  if (empty === undefined)
    return namedCheckpoints(models.flat(), paths.every(isModel) ? 'one by one' : 'by folder');
  throw new UserError(
    `no model in ${empty} (it has neither a model.json nor folders that have one, such as step-0 or seed-1/step-0, nor files such as step-0.onnx)`,
  );
}
