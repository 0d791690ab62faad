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
import {
  chooseSignature,
  imageInput,
  readSavedModel,
  SAVED_MODEL_FILE,
  unharmed,
} from './read-saved-model.js';
import { restoreVariables } from './restore-variables.js';
import { FlatGraphRunner } from './run-flat-graph.js';

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

/** The same nodes, those that are variables with their values. */
async function withVariables(nodes: readonly FlatNode[], folder: string): Promise<readonly FlatNode[]> {
  const variables = nodes.flatMap(({ variable }) => variable ?? []);
  const values = await restoreVariables(folder, variables);
  const byNode = new Map(variables.map((variable, at) => [variable, values[at]!]));
  const now = new Map<FlatNode, FlatNode>();
  for (const node of nodes) {
    const constant = node.variable === undefined ? undefined : byNode.get(node.variable);
    const inputs = node.inputs.map((input) => ({ ...input, node: now.get(input.node)! }));
    now.set(node, constant === undefined ? { ...node, inputs } : { ...node, constant });
  }
  return nodes.map((node) => now.get(node)!);
}

/** The batch that shapes are found with where any will do: not 1, so that what has no batch axis shows. */
const SHAPE_BATCH = 2;

/** The shapes of what nodes compute from black images; left out is what is not one row of numbers per image. */
function ranShapes(runner: FlatGraphRunner, input: ModelInput, nodes: ReadonlySet<FlatNode>, batch: number) {
  const { height, width, channels } = input;
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
  const names = new Map(shaped.map(({ node, name }) => [node.name, name]).concat([[plan.image.name, image.name]]));
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

/** Reads everything and leaves nothing in TensorFlow. */
async function load(path: string, { inputSize, signature }: SavedModelOptions) {
  const folder = resolve(path);
  const meta = await readSavedModel(folder);
  const called = chooseSignature(meta, signature);
  const [name, image] = imageInput(called);
  const flat = unharmed(join(folder, SAVED_MODEL_FILE), () => flatten(meta, image.tensor, called.outputs));
  const unfilled = flatPlan(flat);
  const problem = problemIn(unfilled);
  if (problem !== undefined) throw new UserError(`${problem} (${folder}; export a model without it)`);
  const input = modelInput({ name, shape: image.shape }, inputSize);
  const nodes = await withVariables(
    unfilled.nodes.map((node) => node.flat),
    folder,
  );
  const now = new Map(unfilled.nodes.map((node, at) => [node.flat, nodes[at]!]));
  const outputs = [...flat.outputs].map(([key, { node, index }]) => [key, { node: now.get(node)!, index }] as const);
  const filled: FlatGraph = { image: now.get(flat.image)!, outputs: new Map(outputs) };
  return { folder, name, image, input, flat: filled, plan: flatPlan(filled) };
}
