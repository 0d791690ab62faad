import { attributesOf } from './constants.js';
import { ATTRIBUTE, bytesIn, GRAPH, numbersIn, TENSOR, textsIn } from './messages.js';

/** Which constants are zero (false counts as zero) and which are not, by their names; what is computed is not there. */
export type KnownZeros = ReadonlyMap<string, boolean>;

/** A node as far as it makes constants. */
export interface ConstantNode {
  readonly op: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly raw: Uint8Array;
}

/** TensorProto's fields of numbers, but for raw bytes: float, int32, int64, double. */
const WHOLE_DATA = [5, 7];
const FLOAT_DATA = [4, 10];

/** AttributeProto's reference to an attribute of the function that the node is in. */
const REFERENCE = 21;

/** A tensor of one number, with its name, is no longer than this. */
const MOST_BYTES = 256;

/** Whether a tensor of one number is zero; undefined for a longer one and for one that lies in another file. */
function isZeroTensor(tensor: Uint8Array): boolean | undefined {
  if (tensor.length === 0 || tensor.length > MOST_BYTES) return undefined;
  if (numbersIn(tensor, TENSOR.dims).some((length) => length !== 1)) return undefined;
  const bytes = [TENSOR.raw, ...FLOAT_DATA].flatMap((field) =>
    bytesIn(tensor, field).flatMap((data) => [...data]),
  );
  const numbers = [...bytes, ...WHOLE_DATA.flatMap((field) => numbersIn(tensor, field))];
  return numbers.length === 0 ? undefined : numbers.every((one) => one === 0);
}

function isZeroConstant({ raw }: ConstantNode): boolean | undefined {
  const [tensor] = attributesOf(raw, 'value').flatMap((one) => bytesIn(one, ATTRIBUTE.t));
  if (tensor !== undefined) return isZeroTensor(tensor);
  const [whole] = attributesOf(raw, 'value_int');
  if (whole === undefined || textsIn(whole, REFERENCE).length > 0) return undefined;
  return (numbersIn(whole, ATTRIBUTE.i)[0] ?? 0) === 0;
}

/** Initializers as TensorProtos, by their names. */
export type Tensors = readonly (readonly [name: string, tensor: Uint8Array])[];

/** The initializers of a GraphProto inside a node. */
export function tensorsInside(graph: Uint8Array): Tensors {
  return bytesIn(graph, GRAPH.initializer).map(
    (tensor) => [textsIn(tensor, TENSOR.name)[0] ?? '', tensor] as const,
  );
}

/**
 * The constants of a graph or the body of a function that are zero or not.
 *
 * @param nodes - every node after its inputs.
 * @param outer - what is known around a graph that lies inside a node, or of the inputs of a function.
 */
export function knownZeros(
  nodes: readonly ConstantNode[],
  tensors: Tensors,
  outer: KnownZeros = new Map(),
): KnownZeros {
  const found = new Map(outer);
  const set = (name: string | undefined, isZero: boolean | undefined) => {
    if (name !== undefined && isZero !== undefined) found.set(name, isZero);
  };
  for (const [name, tensor] of tensors) set(name, isZeroTensor(tensor));
  for (const node of nodes) {
    const { op, inputs, outputs } = node;
    const input = found.get(inputs[0] ?? '');
    if (op === 'Constant') set(outputs[0], isZeroConstant(node));
    else if (/^(Identity|Cast|Reshape|Squeeze|Unsqueeze)$/.test(op)) set(outputs[0], input);
    else if (op === 'Not' && input !== undefined) set(outputs[0], !input);
  }
  return found;
}
