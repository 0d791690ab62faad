import { createHash } from 'node:crypto';
import type { Constant } from '../../backend/graph-messages.js';
import { canonicalJson, type Json, sha256Hex } from '../../fingerprint.js';
import type { FrozenModel } from '../model.js';
import type { FlatGraph, FlatNode } from './flat-graph.js';
import type { VariableValues } from './run-flat-graph.js';

function constantJson(constant: Constant | undefined): Json {
  return constant === undefined ? null : { dtype: constant.dtype, shape: [...constant.shape] };
}

/**
 * What a flat graph computes: the topology's hash is over its nodes, calls inlined and names of functions gone, the weights'
 * hash over the bytes of all constants and variables in the order of the nodes.
 */
export function flatIdentity(
  nodes: readonly FlatNode[],
  { outputs }: FlatGraph,
  values: VariableValues,
): FrozenModel['identity'] {
  const constantOf = (node: FlatNode): Constant | undefined => node.constant ?? values.get(node);
  const places = new Map(nodes.map((node, at) => [node, at]));
  const described = nodes.map((node): Json => {
    const inputs = node.inputs.map((input): Json => [places.get(input.node)!, input.index]);
    const attributes = Object.entries(node.attributes).map(([name, { kind, value }]): Json => {
      // JSON knows no infinity.
      return [name, kind, kind === 'float' || kind === 'floats' ? String(value) : (value as Json)];
    });
    return { name: node.name, op: node.op, inputs, attributes, constant: constantJson(constantOf(node)) };
  });
  const ends = [...outputs].map(([name, { node, index }]): Json => [name, places.get(node)!, index]);
  const weights = createHash('sha256');
  for (const node of nodes) {
    const constant = constantOf(node);
    if (constant === undefined) continue;
    weights.update('texts' in constant ? canonicalJson([...constant.texts]) : constant.bytes);
  }
  return {
    format: 'saved-model',
    topologySha256: sha256Hex(canonicalJson([described, ends])),
    weightsSha256: weights.digest('hex'),
  };
}
