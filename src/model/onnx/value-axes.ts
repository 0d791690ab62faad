import { type Axes, type Axis, holdsBatch, mapAxes, unknownAxes } from '../axes/axis.js';
import { followOp, type OpView } from '../axes/op-view.js';
import { textAttribute, wholeConstants } from './constants.js';
import type { OnnxGraph, OnnxNode } from './graph.js';
import { ONNX_AXES } from './op-axes.js';
import type { ValueShape } from './shapes.js';
import type { Layout } from './structure.js';

/** The axes of values, and the nodes that combine the images of a batch. */
export interface ValueAxes {
  readonly axes: ReadonlyMap<string, Axes>;
  readonly mixing: ReadonlySet<OnnxNode>;
}

/** What {@link valueAxes} looks at. */
export interface AxesRequest {
  readonly graph: OnnxGraph;
  readonly image: { readonly name: string; readonly layout: Layout; readonly shape: readonly number[] };
  readonly shapes: ReadonlyMap<string, ValueShape>;
  /** The names of the values that depend on the image. */
  readonly dependent: ReadonlySet<string>;
}

function placeOf({ op, name, outputs }: OnnxNode): string {
  return `${op} at ${name === '' ? outputs[0] : name}`;
}

/** The domains whose ops the rules know; a function of the model's own may have the name of any op. */
const KNOWN_DOMAINS = ['', 'ai.onnx', 'com.microsoft'];

/** Follows the axes of the image through a graph. */
export function valueAxes({ graph, image, shapes, dependent }: AxesRequest): ValueAxes {
  const constants = wholeConstants(graph);
  const channels = image.layout === 'channels first' ? 'first' : 'last';
  const axes = new Map<string, Axes>([[image.name, mapAxes(image.shape, channels)]]);
  const mixing = new Set<OnnxNode>();
  for (const node of graph.nodes) {
    const inputs = node.inputs.map((name) => axes.get(name));
    for (const [output, name] of node.outputs.entries()) {
      const shape = shapes.get(name)?.shape;
      if (!dependent.has(name) || shape === undefined) continue;
      const view: OpView = {
        ...{
          op: KNOWN_DOMAINS.includes(node.domain) ? node.op : '',
          place: placeOf(node),
          inputs,
          shape,
          output,
        },
        constant: (input) => constants.get(node.inputs[input] ?? ''),
        ints: (attribute) => node.ints.get(attribute),
        text: (attribute) => textAttribute(node, attribute),
      };
      const isFollowed = inputs.some((one) => one !== undefined);
      const found = isFollowed ? followOp(view, ONNX_AXES) : { axes: unknownAxes(shape, view.place) };
      axes.set(name, found.axes);
      const over: readonly Axis[] = 'over' in found ? (found.over ?? []) : [];
      if (over.some(holdsBatch)) mixing.add(node);
    }
  }
  return { axes, mixing };
}
