import { DataType } from '../../backend/data-type.js';
import { constantOf, functionNamed } from './attributes.js';
import type { SavedNode } from './meta-graph.js';

const IFS = new Set(['If', 'StatelessIf']);
const CASES = new Set(['Case', 'StatelessCase']);

/** Whether a node calls one of several functions, chosen by its first input. */
export function isBranch({ op }: SavedNode): boolean {
  return IFS.has(op) || CASES.has(op);
}

/** The value of a node that is one constant number or truth. */
function constantNumber(node: SavedNode): number | undefined {
  const value = node.op === 'Const' ? node.attributes.get('value') : undefined;
  const constant = value === undefined ? undefined : constantOf(value.message(8));
  if (constant === undefined || 'texts' in constant || constant.shape.length > 0) return undefined;
  const { dtype, bytes } = constant;
  if (dtype === DataType.bool) return bytes[0];
  if (dtype === DataType.int32) return new DataView(bytes.buffer, bytes.byteOffset, 4).getInt32(0, true);
  return undefined;
}

/**
 * The name of the function that a branch takes by what its first input comes from; undefined where that is no constant, and
 * the image decides.
 */
export function branchTaken({ op, attributes }: SavedNode, decidedBy: SavedNode): string | undefined {
  const number = constantNumber(decidedBy);
  if (number === undefined) return undefined;
  if (IFS.has(op)) return functionNamed(attributes.get(number === 0 ? 'else_branch' : 'then_branch'));
  // AttrValue { list: 1 { func: 9 { name: 1 } } }; what is no place among the branches stands for the last one.
  const branches = attributes.get('branches')?.message(1).messages(9) ?? [];
  return (branches[number] ?? branches.at(-1))?.text(1) ?? '';
}
