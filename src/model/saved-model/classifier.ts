import { DataType } from '../../backend/data-type.js';
import type { Classifier, Tap } from '../model.js';
import { dependence } from '../other-sources.js';
import type { FlatGraph, FlatNode, FlatOutput } from './flat-graph.js';

/** Where a network's probabilities come from. */
export interface FoundClassifier {
  readonly classifier: Classifier;
  /** What its tap is, where that is none of the network's own. */
  readonly added?: { readonly tap: Tap; readonly node: FlatNode };
}

function isDense({ node: { op, inputs } }: FlatOutput): boolean {
  return op === 'MatMul' || (/^(BiasAdd|Add|AddV2)$/.test(op) && inputs[0]?.node.op === 'MatMul');
}

/**
 * The softmax of a network that ends in logits: of the output of a dense layer. No TensorFlow name holds a bracket, so the
 * name is free.
 */
export function softmaxOfLogits({ outputs }: FlatGraph): FlatNode | undefined {
  const [output, ...more] = outputs.values();
  if (output === undefined || more.length > 0 || !isDense(output)) return undefined;
  if (output.node.attributes.T?.value !== DataType.float32) return undefined;
  const attributes = { T: { kind: 'type', value: DataType.float32 } } as const;
  return { name: '(softmax)', op: 'Softmax', attributes, inputs: [output], outputs: 1 };
}

/** What a classifier is found among. */
export interface ClassifierSources {
  readonly flat: FlatGraph;
  readonly taps: readonly Tap[];
  readonly nodes: ReadonlyMap<string, FlatNode>;
  readonly softmax: FlatNode | undefined;
}

/** The classifier at a network's end: a softmax of its own, or the one of its logits; vectors of at least two numbers. */
export function findClassifier({
  flat,
  taps,
  nodes,
  softmax,
}: ClassifierSources): FoundClassifier | undefined {
  const [output, ...more] = flat.outputs.values();
  let end = output?.node;
  while (end !== undefined && /^(Reshape|Squeeze)$/.test(end.op)) end = end.inputs[0]?.node;
  const tap = taps.find(({ name }) => end !== undefined && nodes.get(name) === end);
  const [outputs = 0, ...rest] = tap?.shape ?? [];
  if (tap === undefined || more.length > 0 || rest.length > 0 || outputs < 2) return undefined;
  if (end?.op === 'Softmax') return { classifier: { tap: tap.name, outputs } };
  if (softmax === undefined) return undefined;
  const { name, op } = softmax;
  const added: Tap = {
    ...{ name, kind: 'activation', op, shape: [outputs] },
    ...{ depth: tap.depth + 1, inputs: [tap.name] },
  };
  return {
    classifier: { tap: name, outputs, ...dependence(tap.alsoDepends) },
    added: { tap: added, node: softmax },
  };
}
