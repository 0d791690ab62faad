import { type Axes, type Axis, holdsBatch, lengthOf, shapeOf, unknownAxes, unknownAxis } from './axis.js';

/** A node of a graph as the rules of axes see it, whatever its format. */
export interface OpView {
  readonly op: string;
  /** The op and where it is: what unknown axes name. */
  readonly place: string;
  /** The axes of each input; undefined for a constant and for an input that is left out. */
  readonly inputs: readonly (Axes | undefined)[];
  /** The shape of the output that is asked about, with the batch. */
  readonly shape: readonly number[];
  /** The place of that output. */
  readonly output: number;
  /** The whole numbers of a constant input; undefined for any other. */
  constant(input: number): readonly number[] | undefined;
  /** An attribute of whole numbers, one or several, or of a truth (0 or 1). */
  ints(name: string): readonly number[] | undefined;
  text(name: string): string | undefined;
}

/** What a rule finds: the axes of an output, and those axes of inputs along which the op combines numbers. */
export interface Followed {
  readonly axes: Axes;
  readonly over?: readonly Axis[];
}

/** How an op changes axes; undefined where it cannot tell. */
export type AxisRule = (view: OpView) => Followed | undefined;

/** Rules by the names of ops, the first that fits counts. */
export type AxisRules = readonly (readonly [RegExp, AxisRule])[];

/** The first input that depends on the image, as every node here has one. */
export function mainInput({ inputs }: Pick<OpView, 'inputs'>): Axes {
  return inputs.find((axes) => axes !== undefined) ?? [];
}

/** An axis counted from the end where it is negative. */
export function fromStart(axis: number, rank: number): number {
  return axis < 0 ? axis + rank : axis;
}

/** How many images the axes of a tensor go through: their number squared where each is compared with each. */
function imagesIn(axes: Axes): number {
  return lengthOf(axes.flat().filter(({ meaning }) => meaning === 'batch'));
}

/** The axes of images where a tensor has more of these than what it is made of. */
function comparedAxes(axes: Axes, inputs: OpView['inputs']): Axes {
  const images = axes.filter(holdsBatch);
  if (images.length < 2) return [];
  return imagesIn(axes) > Math.max(...inputs.map((one) => imagesIn(one ?? []))) ? images : [];
}

/**
 * Follows axes through an op. Whatever a rule says, the axes have the lengths that the output has: one that has not is
 * unknown, and all are where there is no rule.
 */
export function followOp(view: OpView, rules: AxisRules): Followed {
  const { shape, place } = view;
  const [batch] = mainInput(view);
  const rule = rules.find(([pattern]) => pattern.test(view.op))?.[1];
  const found = rule?.(view);
  if (found === undefined || found.axes.length !== shape.length)
    return { axes: unknownAxes(shape, place, batch), over: found?.over ?? [] };
  const axes = found.axes.map((axis, at) =>
    lengthOf(axis) === shape[at] ? axis : unknownAxis(shape[at]!, place),
  );
  return { axes, over: [...(found.over ?? []), ...comparedAxes(axes, view.inputs)] };
}

/** Whether a shape is that of some axes. */
export function hasShape(axes: Axes, shape: readonly number[]): boolean {
  return shapeOf(axes).join() === shape.join();
}
