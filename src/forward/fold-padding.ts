// Conv2D(Pad(x), VALID) = Conv2D(x, explicit paddings): the padded map is never written. To the bit: the products
// with zeros that are left out add nothing.
import { DataType } from '../backend/data-type.js';
import { floatValues, type GraphNode, type Output, outputOf, type Rule } from './graph.js';

/** The rows of PadV2's paddings, (axes, before and after), as one list; undefined for what is not constant. */
function paddingsOf(output: Output | undefined): readonly number[] | undefined {
  const constant = output?.node.constant;
  if (constant?.dtype !== DataType.int32) return undefined;
  return [...new Int32Array(constant.bytes.slice().buffer)];
}

/** What a node pads with zeros around rows and columns, and the map before that. */
function zeroPadding({ op, inputs: [map, paddings, value] }: GraphNode) {
  const around = paddingsOf(paddings);
  if ((op !== 'Pad' && op !== 'PadV2') || map === undefined || around?.length !== 8) return undefined;
  const [before, after, , , , , ...channels] = around;
  const isZero = op === 'Pad' || (value !== undefined && floatValues(value)?.every((one) => one === 0));
  return isZero && [before, after, ...channels].every((one) => one === 0) ? { map, around } : undefined;
}

/** Has convolutions pad by themselves. */
export const foldPadding: Rule = (node) => {
  if (node.op !== 'Conv2D' || node.attributes.padding?.value !== 'VALID') return undefined;
  const padding = zeroPadding(node.inputs[0]!.node);
  if (padding === undefined) return undefined;
  const attributes = {
    ...node.attributes,
    padding: { kind: 'string', value: 'EXPLICIT' },
    explicit_paddings: { kind: 'ints', value: padding.around },
  } as const;
  return [outputOf({ ...node, attributes, inputs: [padding.map, node.inputs[1]!] })];
};
