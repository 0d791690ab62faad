import { basename, join, resolve } from 'node:path';
import tf from '@tensorflow/tfjs';
import { DataType } from '../../backend/data-type.js';
import { hasBinding } from '../../backend/tensorflow-binding.js';
import { UserError, unknownName } from '../../errors.js';
import { graphPlaces, graphProblem } from '../graph-plan.js';
import type { Classifier, FrozenModel, ModelInput, Tap } from '../model.js';
import { type InputSize, modelInput } from '../model-input.js';
import { type FlatGraph, type FlatNode, flatten } from './flat-graph.js';
import { type FlatPlan, flatPlan, randomOp } from './flat-plan.js';
import { flatIdentity } from './identity.js';
import type { SignatureTensor } from './meta-graph.js';
import {
  chooseSignature,
  imageInput,
  readSavedModel,
  SAVED_MODEL_FILE,
  unharmed,
} from './read-saved-model.js';
import { restoreVariables } from './restore-variables.js';
import { FlatGraphRunner, type VariableValues } from './run-flat-graph.js';

/** What is known besides the folder. */
export interface SavedModelOptions {
  readonly inputSize?: InputSize | undefined;
  /** The signature asked for. */
  readonly signature?: string | undefined;
}

/** Why a graph cannot be run. */
function problemIn({ nodes }: FlatPlan): string | undefined {
  const random = randomOp(nodes);
  if (random !== undefined) return `model draws random numbers: ${random.op} at ${random.name}`;
  return graphProblem(nodes);
}

/** The values of a graph's variables. */
async function valuesOf(nodes: readonly FlatNode[], folder: string): Promise<VariableValues> {
  const read = nodes.filter(({ variable }) => variable !== undefined);
  const values = await restoreVariables(
    folder,
    read.map(({ variable }) => variable!),
  );
  return new Map(read.map((node, at) => [node, values[at]!]));
}

/** The batch that shapes are found with where any will do: not 1, so that what has no batch axis shows. */
const SHAPE_BATCH = 2;

/** The shapes of what nodes compute from black images; left out is what is not one row of numbers per image. */
function ranShapes(
  runner: FlatGraphRunner,
  { height, width, channels }: ModelInput,
  { nodes, batch }: { readonly nodes: ReadonlySet<FlatNode>; readonly batch: number },
) {
  const shapes = new Map<FlatNode, number[]>();
  const images = tf.zeros<tf.Rank.R4>([batch, height, width, channels]);
  try {
    runner.run(images, nodes, (node, { shape: [rows, ...shape] }) => {
      if (rows === batch && shape.length > 0) shapes.set(node, shape);
    });
  } finally {
    images.dispose();
  }
  return shapes;
}

interface Tapped {
  readonly taps: readonly Tap[];
  readonly nodes: ReadonlyMap<string, FlatNode>;
}

function tapsOf(plan: FlatPlan, shapes: ReadonlyMap<FlatNode, number[]>, image: Tap): Tapped {
  const shaped = plan.candidates.filter(({ node }) => shapes.has(node.flat));
  const tapped = new Set([plan.image, ...shaped.map(({ node }) => node)]);
  const places = graphPlaces(plan.nodes, tapped);
  const names = new Map([[plan.image.name, image.name]]);
  for (const { node, name } of shaped) names.set(node.name, name);
  const taps = shaped.map(({ node, name, kind }): Tap => {
    const { depth, inputs } = places.get(node)!;
    const shape = shapes.get(node.flat)!;
    return { name, kind, op: node.op, shape, depth, inputs: inputs.map((above) => names.get(above)!) };
  });
  return {
    taps: [image, ...taps].sort((a, b) => a.depth - b.depth),
    nodes: new Map(shaped.map(({ node, name }) => [name, node.flat])),
  };
}

function classifierOf({ outputs }: FlatGraph, { taps, nodes }: Tapped): Classifier | undefined {
  const [output, ...more] = outputs.values();
  let end = output?.node;
  while (end !== undefined && /^(Reshape|Squeeze)$/.test(end.op)) end = end.inputs[0]?.node;
  const tap = taps.find(({ name }) => nodes.get(name)?.name === end?.name);
  if (more.length > 0 || end?.op !== 'Softmax' || tap?.shape.length !== 1) return undefined;
  return { tap: tap.name, outputs: tap.shape[0]! };
}

/** The batch that a model's file fixes, if it does. */
function fixedBatch({ shape }: SignatureTensor): number | undefined {
  const batch = shape?.[0] ?? -1;
  return batch > 0 ? batch : undefined;
}

function imageTap(name: string, { op }: FlatNode, { height, width, channels }: ModelInput): Tap {
  return { name, kind: 'input', op, shape: [height, width, channels], depth: 0, inputs: [] };
}

/** A SavedModel as it is read: nothing of it is in TensorFlow yet. */
interface Read {
  readonly folder: string;
  readonly flat: FlatGraph;
  readonly plan: FlatPlan;
  readonly nodes: readonly FlatNode[];
  readonly values: VariableValues;
  readonly input: ModelInput;
  readonly name: string;
  readonly image: SignatureTensor;
}

async function read(path: string, { inputSize, signature }: SavedModelOptions): Promise<Read> {
  const folder = resolve(path);
  const meta = await readSavedModel(folder);
  const called = chooseSignature(meta, signature);
  const [name, image] = imageInput(called);
  const input = modelInput({ name, shape: image.shape }, inputSize);
  const flat = unharmed(join(folder, SAVED_MODEL_FILE), () => flatten(meta, image.tensor, called.outputs));
  const plan = flatPlan(flat);
  const problem = problemIn(plan);
  if (problem !== undefined) throw new UserError(`${problem} (${folder}; export a model without it)`);
  const nodes = plan.nodes.map((node) => node.flat);
  return { folder, flat, plan, nodes, values: await valuesOf(nodes, folder), input, name, image };
}

function frozen(model: Read, runner: FlatGraphRunner): FrozenModel {
  const { flat, plan, nodes, input, values, image } = model;
  const entry = imageTap(model.name, flat.image, input);
  const batch = fixedBatch(image);
  const shapes = ranShapes(runner, input, {
    nodes: new Set(plan.candidates.map(({ node }) => node.flat)),
    batch: batch ?? SHAPE_BATCH,
  });
  const tapped = tapsOf(plan, shapes, entry);
  const classifier = classifierOf(flat, tapped);
  const byName = new Map(tapped.taps.map((tap) => [tap.name, tap]));
  const identity = flatIdentity(nodes, flat, values);
  return {
    format: 'saved-model',
    name: basename(model.folder),
    input,
    taps: tapped.taps,
    ...(classifier === undefined ? {} : { classifier }),
    ...(batch === undefined ? {} : { batch }),
    ...(isWhole(image.dtype) ? { inputNumbers: 'whole' } : {}),
    identity,
    run: async (images, names, visit) => {
      const unknown = names.find((name) => !byName.has(name));
      if (unknown !== undefined) throw unknownName('tap', unknown, [...byName.keys()]);
      if (names.includes(entry.name)) visit(entry, images);
      const wanted = new Map(
        names.flatMap((name) => {
          const node = tapped.nodes.get(name);
          return node === undefined ? [] : [[node, byName.get(name)!] as const];
        }),
      );
      runner.run(images, new Set(wanted.keys()), (node, tensor) => visit(wanted.get(node)!, tensor));
    },
    dispose: () => runner.dispose(),
  };
}

/**
 * Opens a TensorFlow SavedModel by its folder. What its signature calls is inlined, and each op is run by TensorFlow itself,
 * known to tfjs or not. Its taps are the ops that compute something for each image.
 *
 * @throws UserError where TensorFlow is not in use, or anything is wrong with the model.
 */
export async function savedModel(path: string, options: SavedModelOptions): Promise<FrozenModel> {
  if (!hasBinding())
    throw new UserError(
      `a SavedModel needs TensorFlow, which is not in use: ${path} (\`strata doctor\` says why; or convert it to tfjs)`,
    );
  const model = await read(path, options);
  const runner = new FlatGraphRunner({ nodes: model.nodes, image: model.flat.image, values: model.values });
  try {
    return frozen(model, runner);
  } catch (error) {
    runner.dispose();
    throw error;
  }
}

function isWhole(dtype: number): boolean {
  return dtype === DataType.uint8 || dtype === DataType.int32;
}
