import type tf from '@tensorflow/tfjs';
import type { GraphNode } from './graph-plan.js';

type TensorsOfNodes = Record<string, (tf.Tensor | undefined)[]>;

/** The part of tfjs's executor that is used here; it is private there, so a test holds it for the pinned version. */
interface Executor {
  readonly weightMap: Readonly<Record<string, readonly tf.Tensor[]>>;
  readonly graph: { readonly inputs: GraphNode[]; readonly outputs: GraphNode[] };
  checkTensorForDisposalWithNodeLiveUntilInfo(
    node: GraphNode,
    tensors: TensorsOfNodes,
    context: unknown,
    kept: Set<number>,
    outputs: Set<string>,
    dead: GraphNode[] | undefined,
  ): void;
}

function executorOf(model: tf.GraphModel): Executor {
  return (model as unknown as { executor: Executor }).executor;
}

/** The nodes of a graph model's inputs and outputs. */
export function graphEnds(model: tf.GraphModel): {
  inputs: readonly GraphNode[];
  outputs: readonly GraphNode[];
} {
  return executorOf(model).graph;
}

/** The whole numbers of a constant that is a short list of them (axes, an order), or one. */
export function constantNumbers(model: tf.GraphModel, name: string): readonly number[] | undefined {
  const tensor = executorOf(model).weightMap[name]?.[0];
  return tensor?.dtype === 'int32' && tensor.size <= MOST_NUMBERS ? [...tensor.dataSync()] : undefined;
}

/** A list of axes, or a shape, is no longer than this. */
const MOST_NUMBERS = 64;

/** One run of a graph model. */
export interface GraphRun {
  readonly image: GraphNode;
  readonly images: tf.Tensor;
  /** The nodes to be visited. */
  readonly nodes: readonly string[];
  readonly visit: (name: string, tensor: tf.Tensor) => void;
  /** Called with all outputs of every node that is run. */
  readonly watch?: (name: string, outputs: readonly (tf.Tensor | undefined)[]) => void;
}

/**
 * Runs a graph model as far as the nodes need it. tfjs would keep the outputs of all of them to the end of the run: seen
 * through the hook that it calls after each node, each is visited when it is there and freed after its last use.
 */
export function runGraph(model: tf.GraphModel, { image, images, nodes, visit, watch }: GraphRun): void {
  const executor = executorOf(model);
  const wanted = new Set(nodes);
  const free = executor.checkTensorForDisposalWithNodeLiveUntilInfo;
  executor.checkTensorForDisposalWithNodeLiveUntilInfo = (node, tensors, context, kept, _outputs, dead) => {
    watch?.(node.name, tensors[node.name] ?? []);
    const tensor = tensors[node.name]?.[0];
    if (wanted.has(node.name) && tensor !== undefined) visit(node.name, tensor);
    free.call(executor, node, tensors, context, kept, new Set(), dead);
  };
  try {
    model.execute({ [image.name]: images }, [...nodes]);
  } finally {
    executor.checkTensorForDisposalWithNodeLiveUntilInfo = free;
  }
}
