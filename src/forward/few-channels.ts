// x op c, for a map x of few channels and one number for each of them. TensorFlow goes through such a broadcast number by
// number, and through one number for all, or through rows as long as an image's, with vector instructions. To the bit:
//   op(x, (c, c, c)) = op(x, c)
//   op(x, c) = Reshape(op(Reshape(x, (batch height, width channels)), c repeated width times), shape of x)
import { DataType } from '../backend/data-type.js';
import {
  constantNode,
  floatConstant,
  floatValues,
  type Output,
  outputOf,
  type Rule,
  shapeOf,
} from './graph.js';

const OPS = new Set(['Sub', 'Mul']);
const MOST_CHANNELS = 4;

function reshaped(output: Output, shape: readonly number[]): Output {
  const bytes = new Uint8Array(Int32Array.from(shape).buffer);
  const to = outputOf(constantNode({ dtype: DataType.int32, shape: [shape.length], bytes }));
  const attributes = {
    T: { kind: 'type', value: DataType.float32 },
    Tshape: { kind: 'type', value: DataType.int32 },
  } as const;
  return outputOf({ op: 'Reshape', attributes, inputs: [output, to], shapes: [shape] });
}

/** Spreads one number for each of few channels over whole rows. */
export const spreadChannels: Rule = (node) => {
  const [map, other] = node.inputs;
  if (!OPS.has(node.op) || map === undefined || other === undefined) return undefined;
  const [values, shape] = [floatValues(other), shapeOf(map)];
  const [batch, height, width, channels] = shape;
  if (shape.length !== 4 || values?.length !== channels || channels! > MOST_CHANNELS || channels === 1)
    return undefined;
  if (values!.every((value) => value === values![0])) {
    return [outputOf({ ...node, inputs: [map, floatConstant(values!.slice(0, 1), [])] })];
  }
  const rows = [batch! * height!, width! * channels!];
  const row = Float32Array.from({ length: rows[1]! }, (_, at) => values![at % channels!]!);
  const inputs = [reshaped(map, rows), floatConstant(row, [row.length])];
  return [reshaped(outputOf({ ...node, inputs, shapes: [rows] }), shape)];
};
