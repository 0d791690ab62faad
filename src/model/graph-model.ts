import tf from '@tensorflow/tfjs';
import { messageOf, UserError, unknownName } from '../errors.js';
import { isTurnedOver, tapAxes } from './axes/axis.js';
import { followGraph } from './axes/follow-graph.js';
import { axesNode } from './graph-axes.js';
import { constantNumbers, graphEnds, runGraph } from './graph-executor.js';
import { type GraphNode, graphCandidates, graphPlaces, graphProblem, orderedNodes } from './graph-plan.js';
import { graphSources } from './graph-sources.js';
import type { Classifier, FrozenModel, ModelInput, Tap, TapKind } from './model.js';
import { type InputSize, modelInput } from './model-input.js';
import { dependence } from './other-sources.js';
import type { ModelFile } from './read-model-file.js';

async function loadGraph({ handler, path }: ModelFile): Promise<tf.GraphModel> {
  try {
    return await tf.loadGraphModel(handler);
  } catch (error) {
    throw new UserError(`model cannot be loaded: ${path} (${messageOf(error).split('\n')[0]})`, {
      cause: error,
    });
  }
}

interface Parsed {
  readonly image: GraphNode;
  readonly nodes: readonly GraphNode[];
  readonly outputs: readonly GraphNode[];
}

function parseGraph(model: tf.GraphModel, path: string): Parsed {
  const { inputs, outputs } = graphEnds(model);
  const [image, ...more] = inputs;
  if (image === undefined || more.length > 0)
    throw new UserError(
      `model needs one image as its input, and has ${inputs.length}: ${inputs.map(({ name }) => name).join(', ')}`,
    );
  const nodes = orderedNodes(outputs);
  const problem = graphProblem(nodes);
  if (problem !== undefined) throw new UserError(`${problem} (${path}; export a model without it)`);
  return { image, nodes, outputs };
}

function graphInput(model: tf.GraphModel, size: InputSize | undefined): ModelInput {
  const { name = '', shape, dtype } = model.inputs[0] ?? {};
  if (dtype !== undefined && dtype !== 'float32')
    throw new UserError(
      `model input is not an image of floating-point numbers: ${name} is ${dtype} (expected float32)`,
    );
  return modelInput({ name, shape: shape ?? null }, size);
}

/** The batch that shapes are found with: not 1, so that what has no batch axis shows. */
const SHAPE_BATCH = 2;

/**
 * The shapes of what nodes compute from black images: `rows` of what is one row of numbers for each, without the batch, and
 * `all` of all outputs of all nodes, with it.
 */
function ranShapes(model: tf.GraphModel, image: GraphNode, run: { input: ModelInput; nodes: string[] }) {
  const { height, width, channels } = run.input;
  const rows = new Map<string, number[]>();
  const all = new Map<string, readonly (readonly number[])[]>();
  const images = tf.zeros([SHAPE_BATCH, height, width, channels]);
  const visit = (name: string, { shape: [batch, ...shape], dtype }: tf.Tensor) => {
    if (batch === SHAPE_BATCH && shape.length > 0 && dtype === 'float32') rows.set(name, shape);
  };
  const watch = (name: string, outputs: readonly (tf.Tensor | undefined)[]) => {
    all.set(
      name,
      outputs.map((tensor) => tensor?.shape ?? []),
    );
  };
  try {
    runGraph(model, { image, images, nodes: run.nodes, visit, watch });
  } catch (error) {
    throw new UserError(`model cannot be run: ${messageOf(error).split('\n')[0]}`, { cause: error });
  } finally {
    images.dispose();
  }
  return { rows, all };
}

function graphTaps(model: tf.GraphModel, { image, nodes }: Parsed, input: ModelInput): Tap[] {
  const candidates = graphCandidates(nodes, image);
  const { rows: shapes, all } = ranShapes(model, image, {
    input,
    nodes: candidates.map(({ node }) => node.name),
  });
  const { height, width, channels } = input;
  const { axes, mixing } = followGraph({
    nodes: nodes.map(axesNode),
    image,
    imageShape: [SHAPE_BATCH, height, width, channels],
    shapesOf: ({ name }) => all.get(name),
    constant: ({ name }) => constantNumbers(model, name),
  });
  const others = graphSources(nodes, mixing);
  const shaped = candidates.filter(
    ({ node }) => shapes.has(node.name) && !isTurnedOver(axes.get(node)?.[0] ?? []),
  );
  const places = graphPlaces(nodes, new Set([image, ...shaped.map(({ node }) => node)]));
  const tapOf = (node: GraphNode, kind: TapKind, shape: readonly number[]): Tap => ({
    name: node.name,
    kind,
    op: node.op,
    shape,
    ...places.get(node)!,
    ...tapAxes(axes.get(node)?.[0] ?? []),
    ...dependence(others.get(node)),
  });
  const taps = shaped.map(({ node, kind }) => tapOf(node, kind, shapes.get(node.name)!));
  return [tapOf(image, 'input', [height, width, channels]), ...taps].sort((a, b) => a.depth - b.depth);
}

function graphClassifier({ outputs }: Parsed, taps: readonly Tap[]): Classifier | undefined {
  let end = outputs[0];
  while (end !== undefined && /^(Identity|Reshape|Squeeze|StopGradient)$/.test(end.op)) end = end.inputs[0];
  const tap = taps.find(({ name }) => name === end?.name);
  if (outputs.length !== 1 || end?.op !== 'Softmax' || tap?.shape.length !== 1) return undefined;
  return { tap: tap.name, outputs: tap.shape[0]! };
}

async function openGraph(
  model: tf.GraphModel,
  file: ModelFile,
  size: InputSize | undefined,
): Promise<FrozenModel> {
  const parsed = parseGraph(model, file.path);
  const input = graphInput(model, size);
  const taps = graphTaps(model, parsed, input);
  const classifier = graphClassifier(parsed, taps);
  const byName = new Map(taps.map((tap) => [tap.name, tap]));
  return {
    format: 'graph',
    name: file.name,
    input,
    taps,
    ...(classifier === undefined ? {} : { classifier }),
    identity: { format: 'graph', topologySha256: file.topologySha256, weightsSha256: file.weightsSha256 },
    run: async (images, names, visit) => {
      const unknown = names.find((name) => !byName.has(name));
      if (unknown !== undefined) throw unknownName('tap', unknown, [...byName.keys()]);
      const { image } = parsed;
      if (names.includes(image.name)) visit(byName.get(image.name)!, images);
      const nodes = names.filter((name) => name !== image.name);
      if (nodes.length === 0) return;
      runGraph(model, { image, images, nodes, visit: (name, tensor) => visit(byName.get(name)!, tensor) });
    },
    dispose: () => model.dispose(),
  };
}

/** Opens a tfjs graph model. Its taps are the nodes that compute something for each image. */
export async function graphModel(file: ModelFile, size: InputSize | undefined): Promise<FrozenModel> {
  const model = await loadGraph(file);
  try {
    return await openGraph(model, file, size);
  } catch (error) {
    model.dispose();
    throw error;
  }
}
