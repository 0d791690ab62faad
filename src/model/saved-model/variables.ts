import type { Constant } from '../../backend/graph-messages.js';
import { UserError } from '../../errors.js';
import { attributeOf, constantOf } from './attributes.js';
import type { SavedNode } from './meta-graph.js';
import type { Scope, Source } from './scope.js';

/** A variable and where its value lies in the checkpoint. */
export interface SavedVariable {
  readonly name: string;
  readonly dtype: number;
  readonly shape: readonly number[];
  /** The name of its tensor in the checkpoint, and which part of it, '' for all. */
  readonly key: string;
  readonly slice: string;
}

const ASSIGNS = new Set(['Assign', 'AssignVariableOp']);

function textsOf({ node }: Source): readonly string[] {
  const value = node.attributes.get('value');
  const constant: Constant | undefined = value === undefined ? undefined : constantOf(value.message(8));
  return constant !== undefined && 'texts' in constant ? constant.texts : [];
}

type Place = Pick<SavedVariable, 'key' | 'slice'>;

/** What a node that assigns does, where it assigns what is restored. */
function restored(scope: Scope, node: SavedNode): [readonly [SavedNode, Place]] | undefined {
  const [variable, value] = scope.sourcesOf(node);
  if (variable === undefined || value?.node.op !== 'RestoreV2') return undefined;
  const [, keys, slices] = value.scope.sourcesOf(value.node);
  const key = keys === undefined ? undefined : textsOf(keys)[value.index];
  if (key === undefined || slices === undefined) return undefined;
  return [[variable.node, { key, slice: textsOf(slices)[value.index] ?? '' }]];
}

/**
 * The variable that is assigned and the one it is a copy of. tf.saved_model.save makes a copy of each variable of Keras 3
 * and restores only the copies, while the functions read the originals.
 */
function copied(scope: Scope, node: SavedNode): readonly SavedNode[] {
  const [copy, value] = scope.sourcesOf(node);
  if (copy === undefined || value?.node.op !== 'ReadVariableOp') return [];
  return [copy.node, ...value.scope.sourcesOf(value.node).map((original) => original.node)];
}

/**
 * Finds where the values of variables lie, by what the model's own node for restoring them does: it assigns the outputs of
 * a RestoreV2, inside a function (TensorFlow 2) or beside it in the graph (TensorFlow 1).
 */
export function checkpointPlaces(graph: Scope, restoreOp: string): (variable: SavedNode) => SavedVariable {
  const restore = graph.nodes.get(restoreOp);
  const inside = restore === undefined ? undefined : graph.inside(restore);
  const scopes = [graph, ...(inside === undefined ? [] : [inside])];
  const assigned = scopes.flatMap((scope) =>
    [...scope.nodes.values()].flatMap((node) => (ASSIGNS.has(node.op) ? [{ scope, node }] : [])),
  );
  const places = new Map(assigned.flatMap(({ scope, node }) => restored(scope, node) ?? []));
  for (const { scope, node } of assigned) {
    const [copy, original] = copied(scope, node);
    const place = copy === undefined ? undefined : places.get(copy);
    if (original !== undefined && place !== undefined && !places.has(original)) places.set(original, place);
  }
  return (variable) => {
    const place = places.get(variable);
    if (place === undefined) throw new UserError(`model does not restore a variable: ${variable.name}`);
    return { name: variable.name, ...typeOf(variable), ...place };
  };
}

function typeOf({ name, attributes }: SavedNode): Pick<SavedVariable, 'dtype' | 'shape'> {
  const [dtype, shape] = ['dtype', 'shape'].map((attribute) => {
    const message = attributes.get(attribute);
    return message === undefined ? undefined : attributeOf(message);
  });
  if (dtype?.kind === 'type' && shape?.kind === 'shape' && shape.value.every((length) => length >= 0))
    return { dtype: dtype.value, shape: shape.value };
  throw new UserError(`model has a variable of unknown shape: ${name}`);
}
