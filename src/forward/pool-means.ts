// Mean(x, [1, 2]) of a map (batch, height, width, channels) is one window of an average pool, which oneDNN computes in half
// the time, adding up in parts and so with smaller rounding errors:
//   Mean(x) = Reshape(AvgPool(x, height x width), (batch, channels))
import { DataType } from '../backend/data-type.js';
import { constantNode, type GraphNode, type Output, outputOf, type Rule, shapeOf } from './graph.js';

const T = { kind: 'type', value: DataType.float32 } as const;

function intConstant(values: readonly number[]): Output {
  const bytes = new Uint8Array(Int32Array.from(values).buffer);
  return outputOf(constantNode({ dtype: DataType.int32, shape: [values.length], bytes }));
}

/** The axes that a constant names; undefined for anything else. */
function axesOf(axes: Output | undefined): readonly number[] | undefined {
  const constant = axes?.node.constant;
  if (constant?.dtype !== DataType.int32) return undefined;
  return [...new Int32Array(constant.bytes.slice().buffer)];
}

function averagePool(map: Output): GraphNode {
  const [batch = 1, height = 1, width = 1, channels = 1] = shapeOf(map);
  return {
    op: 'AvgPool',
    attributes: {
      T,
      ksize: { kind: 'ints', value: [1, height, width, 1] },
      strides: { kind: 'ints', value: [1, 1, 1, 1] },
      padding: { kind: 'string', value: 'VALID' },
      data_format: { kind: 'string', value: 'NHWC' },
    },
    inputs: [map],
    shapes: [[batch, 1, 1, channels]],
  };
}

/** Turns means over the positions of a map into average pools. */
export const poolMeans: Rule = ({ op, inputs: [map, axes], shapes }) => {
  if (op !== 'Mean' || map === undefined || shapeOf(map).length !== 4 || axesOf(axes)?.join() !== '1,2') {
    return undefined;
  }
  const attributes = { T, Tshape: { kind: 'type', value: DataType.int32 } } as const;
  const inputs = [outputOf(averagePool(map)), intConstant(shapes[0]!)];
  return [outputOf({ op: 'Reshape', attributes, inputs, shapes })];
};
