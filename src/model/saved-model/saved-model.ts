import { basename, join, resolve } from 'node:path';
import tf from '@tensorflow/tfjs';
import { DataType } from '../../backend/data-type.js';
import { hasBinding } from '../../backend/tensorflow-binding.js';
import { UserError, unknownName } from '../../errors.js';
import { type Axes, IMAGE_AXES, isTurnedOver, tapAxes } from '../axes/axis.js';
import { followGraph } from '../axes/follow-graph.js';
import { graphPlaces, graphProblem } from '../graph-plan.js';
import { graphSources } from '../graph-sources.js';
import type { FrozenModel, ModelInput, Tap } from '../model.js';
import { type InputSize, modelInput } from '../model-input.js';
import { dependence } from '../other-sources.js';
import { findClassifier, softmaxOfLogits } from './classifier.js';
import { flatAxesNode, flatNumbers } from './flat-axes.js';
import { type FlatGraph, type FlatNode, flatten } from './flat-graph.js';
import { type FlatPlan, flatPlan } from './flat-plan.js';
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

/**
 * The shapes of what nodes compute from black images: `rows` of what is one row of numbers for each, without the batch, and
 * `all` of all outputs of all nodes, with it.
 */
function ranShapes(
  runner: FlatGraphRunner,
  { height, width, channels }: ModelInput,
  { nodes, batch }: { readonly nodes: ReadonlySet<FlatNode>; readonly batch: number },
) {
  const rows = new Map<FlatNode, number[]>();
  const all = new Map<FlatNode, readonly (readonly number[])[]>();
  const images = tf.zeros<tf.Rank.R4>([batch, height, width, channels]);
  try {
    const visit = (node: FlatNode, { shape: [length, ...shape] }: tf.Tensor) => {
      if (length === batch && shape.length > 0) rows.set(node, shape);
    };
    runner.run(images, nodes, visit, (node, outputs) => {
      all.set(
        node,
        outputs.map(({ shape }) => shape),
      );
    });
  } finally {
    images.dispose();
  }
  return { rows, all };
}

interface Tapped {
  readonly taps: readonly Tap[];
  readonly nodes: ReadonlyMap<string, FlatNode>;
}

/** What the taps of a graph are made from. */
interface TapSources {
  readonly plan: FlatPlan;
  readonly shapes: ReadonlyMap<FlatNode, number[]>;
  readonly axes: ReadonlyMap<FlatNode, readonly Axes[]>;
  readonly mixing: ReadonlySet<FlatNode>;
  readonly image: Tap;
}

function tapsOf({ plan, shapes, axes, mixing, image }: TapSources): Tapped {
  const others = graphSources(plan.nodes, new Set(plan.nodes.filter(({ flat }) => mixing.has(flat))));
  const shaped = plan.candidates.filter(
    ({ node: { flat } }) => shapes.has(flat) && !isTurnedOver(axes.get(flat)?.[0] ?? []),
  );
  const tapped = new Set([plan.image, ...shaped.map(({ node }) => node)]);
  const places = graphPlaces(plan.nodes, tapped);
  const names = new Map([[plan.image.name, image.name]]);
  for (const { node, name } of shaped) names.set(node.name, name);
  const taps = shaped.map(({ node, name, kind }): Tap => {
    const { depth, inputs } = places.get(node)!;
    const shape = shapes.get(node.flat)!;
    const sources = inputs.map((above) => names.get(above)!);
    return {
      name,
      kind,
      op: node.op,
      shape,
      depth,
      inputs: sources,
      ...tapAxes(axes.get(node.flat)?.[0] ?? []),
      ...dependence(others.get(node)),
    };
  });
  return {
    taps: [image, ...taps].sort((a, b) => a.depth - b.depth),
    nodes: new Map(shaped.map(({ node, name }) => [name, node.flat])),
  };
}

/** The batch that a model's file fixes, if it does. */
function fixedBatch({ shape }: SignatureTensor): number | undefined {
  const batch = shape?.[0] ?? -1;
  return batch > 0 ? batch : undefined;
}

function imageTap(name: string, { op }: FlatNode, { height, width, channels }: ModelInput): Tap {
  return {
    name,
    kind: 'input',
    op,
    shape: [height, width, channels],
    axes: IMAGE_AXES,
    depth: 0,
    inputs: [],
  };
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
  const plan = flatPlan(flat, name);
  const problem = graphProblem(plan.nodes);
  if (problem !== undefined) throw new UserError(`${problem} (${folder}; export a model without it)`);
  const nodes = plan.nodes.map((node) => node.flat);
  return { folder, flat, plan, nodes, values: await valuesOf(nodes, folder), input, name, image };
}

/** Everything that can be run by name: the taps, and a softmax that is none. */
function runsByName(
  { name, flat, plan, image, input }: Read,
  softmax: FlatNode | undefined,
  runner: FlatGraphRunner,
) {
  const batch = fixedBatch(image) ?? SHAPE_BATCH;
  const shapes = ranShapes(runner, input, {
    nodes: new Set(plan.candidates.map(({ node }) => node.flat)),
    batch,
  });
  const { axes, mixing } = followGraph({
    nodes: plan.nodes.map((node) => flatAxesNode(node.flat)),
    image: flat.image,
    imageShape: [batch, input.height, input.width, input.channels],
    shapesOf: (node) => shapes.all.get(node),
    constant: flatNumbers,
  });
  const { taps, nodes } = tapsOf({
    plan,
    shapes: shapes.rows,
    axes,
    mixing,
    image: imageTap(name, flat.image, input),
  });
  const found = findClassifier({ flat, taps, nodes, softmax });
  const all = taps.flatMap((tap) => {
    const node = nodes.get(tap.name);
    return node === undefined ? [] : [{ tap, node }];
  });
  return {
    taps,
    classifier: found?.classifier,
    runnable: found?.added === undefined ? all : [...all, found.added],
  };
}

function frozen(model: Read, softmax: FlatNode | undefined, runner: FlatGraphRunner): FrozenModel {
  const { folder, flat, nodes, input, values, image, name: entry } = model;
  const { taps, classifier, runnable } = runsByName(model, softmax, runner);
  const byName = new Map(runnable.map((each) => [each.tap.name, each]));
  const batch = fixedBatch(image);
  return {
    format: 'saved-model',
    name: basename(folder),
    input,
    taps,
    ...(classifier === undefined ? {} : { classifier }),
    ...(batch === undefined ? {} : { batch }),
    ...(isWhole(image.dtype) ? { inputNumbers: 'whole' } : {}),
    identity: flatIdentity(nodes, flat, values),
    run: async (images, names, visit) => {
      const unknown = names.find((name) => name !== entry && !byName.has(name));
      if (unknown !== undefined) throw unknownName('tap', unknown, [entry, ...byName.keys()]);
      if (names.includes(entry)) visit(taps[0]!, images);
      const wanted = new Map(
        names.flatMap((name) => byName.get(name) ?? []).map(({ node, tap }) => [node, tap] as const),
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
  const softmax = softmaxOfLogits(model.flat);
  const nodes = softmax === undefined ? model.nodes : [...model.nodes, softmax];
  const runner = new FlatGraphRunner({ nodes, image: model.flat.image, values: model.values });
  try {
    return frozen(model, softmax, runner);
  } catch (error) {
    runner.dispose();
    throw error;
  }
}

function isWhole(dtype: number): boolean {
  return dtype === DataType.uint8 || dtype === DataType.int32;
}
