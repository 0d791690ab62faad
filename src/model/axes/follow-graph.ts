import { type Axes, holdsBatch, mapAxes } from './axis.js';
import { followOp } from './op-view.js';
import { TENSORFLOW_AXES } from './tensorflow-ops.js';

/** A node of a TensorFlow graph as its axes are followed; `node` is whatever its format knows it by. */
export interface AxesNode<Node> {
  readonly node: Node;
  readonly name: string;
  readonly op: string;
  readonly inputs: readonly { readonly node: Node; readonly index: number }[];
  ints(attribute: string): readonly number[] | undefined;
  text(attribute: string): string | undefined;
}

/** What {@link followGraph} looks at. */
export interface GraphAxesRequest<Node> {
  /** Every node after its inputs. */
  readonly nodes: readonly AxesNode<Node>[];
  readonly image: Node;
  /** (batch, height, width, channels). */
  readonly imageShape: readonly number[];
  /** The shapes of a node's outputs, with the batch, as a run had them; undefined for what does not depend on the image. */
  shapesOf(node: Node): readonly (readonly number[])[] | undefined;
  /** The whole numbers of a constant. */
  constant(node: Node): readonly number[] | undefined;
}

/** The axes of every node's outputs, and the nodes that combine the images of a batch. */
export interface GraphAxes<Node> {
  readonly axes: ReadonlyMap<Node, readonly Axes[]>;
  readonly mixing: ReadonlySet<Node>;
}

/** Ops that say how large a tensor is, which does not depend on the image. */
const SIZES = new Set(['Shape', 'ShapeN', 'Size', 'Rank']);

/** Follows the axes of the image through a graph of TensorFlow's ops. */
export function followGraph<Node>(request: GraphAxesRequest<Node>): GraphAxes<Node> {
  const { nodes, image, imageShape } = request;
  const axes = new Map<Node, readonly Axes[]>([[image, [mapAxes(imageShape, 'last')]]]);
  const mixing = new Set<Node>();
  for (const { node, name, op, inputs: sources, ints, text } of nodes) {
    const shapes = request.shapesOf(node);
    const inputs = sources.map(({ node: from, index }) => axes.get(from)?.[index] ?? axes.get(from)?.[0]);
    if (node === image || SIZES.has(op) || shapes === undefined) continue;
    if (inputs.every((one) => one === undefined)) continue;
    const constant = (input: number) => {
      const source = sources[input];
      return source && request.constant(source.node);
    };
    const found = shapes.map((shape, output) =>
      followOp(
        { op, place: `${op} at ${name}`, inputs, shape, output, constant, ints, text },
        TENSORFLOW_AXES,
      ),
    );
    axes.set(
      node,
      found.map((each) => each.axes),
    );
    if (found.some(({ over = [] }) => over.some(holdsBatch))) mixing.add(node);
  }
  return { axes, mixing };
}
