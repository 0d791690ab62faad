// How the kinds of op that all formats share change the axes of a tensor.
import {
  type Axes,
  type Axis,
  type AxisMeaning,
  addedAxis,
  axisOf,
  cutsBatch,
  holdsBatch,
  isPosition,
  lengthOf,
  mapAxes,
  meaningsOf,
  resized,
} from './axis.js';
import { type AxisRule, type Followed, fromStart, mainInput, type OpView } from './op-view.js';
import { permuteAxes, reshapeAxes } from './reshape-axes.js';

/** Ops that keep every axis, some with another length: padding, slices, resampling. Images cut out of a batch go to all. */
export const keepAxes: AxisRule = (view) => {
  const axes = mainInput(view);
  if (axes.length !== view.shape.length) return undefined;
  return {
    axes: view.shape.map((length, at) => resized(axes, at, length)),
    over: axes.filter((axis, at) => cutsBatch(axis, view.shape[at]!)),
  };
};

function isKnown(meaning: string | undefined): boolean {
  return meaning !== undefined && meaning !== 'unknown' && meaning !== 'single';
}

/** An axis of length 1, or none, that a constant makes longer: it stands for what it stood for, or it is a new one. */
function filledAxis(
  operands: readonly { readonly axes: Axes; readonly meanings: readonly AxisMeaning[] }[],
  others: Axes,
  { at, shape }: { readonly at: number; readonly shape: readonly number[] },
): Axis {
  const length = shape[at]!;
  const meaning = operands
    .map(({ axes, meanings }) => meanings[at - shape.length + axes.length])
    .find((one) => isKnown(one) && one !== 'batch');
  return meaning === undefined
    ? addedAxis(others, length)
    : resized([axisOf(meaning as 'tokens', 1)], 0, length);
}

/** Number by number with broadcasting: each axis is that of the first input that has its length and knows what it is. */
export const broadcastAxes: AxisRule = ({ inputs, shape }) => {
  const operands = inputs.flatMap((axes) =>
    axes === undefined ? [] : [{ axes, meanings: meaningsOf(axes) }],
  );
  const axes = shape.map((length, at): Axis | undefined => {
    const candidates = operands.flatMap(({ axes: own, meanings }) => {
      const place = at - shape.length + own.length;
      const axis = own[place];
      return axis !== undefined && lengthOf(axis) === length ? [{ axis, meaning: meanings[place] }] : [];
    });
    const best = candidates.find(({ meaning }) => isKnown(meaning)) ?? candidates[0];
    return best?.axis;
  });
  const known = axes.filter((axis) => axis !== undefined);
  return { axes: axes.map((axis, at) => axis ?? filledAxis(operands, known, { at, shape })) };
};

/** Ops whose maps have a layout by definition, whatever came before. */
export function definedAxes(channels: 'first' | 'last'): AxisRule {
  return (view) => {
    const [batch] = mainInput(view);
    const axes = mapAxes(view.shape, channels);
    return {
      axes: batch !== undefined && lengthOf(batch) === view.shape[0] ? [batch, ...axes.slice(1)] : axes,
    };
  };
}

/** Ops that take a layout for granted but keep another one that is known: pools and batch norms. */
export function assumedAxes(channels: 'first' | 'last'): AxisRule {
  return (view) => {
    const [, ...rest] = mainInput(view);
    const known = meaningsOf(mainInput(view))
      .slice(1)
      .every((one, at) => one !== 'unknown' || holdsBatch(rest[at]!));
    const isSame = mainInput(view).length === view.shape.length;
    return known && isSame ? keepAxes(view) : definedAxes(channels)(view);
  };
}

/** A reshape to the output's shape: Reshape, Flatten, Squeeze, ExpandDims. */
export const reshapedAxes: AxisRule = (view) => ({
  axes: reshapeAxes(mainInput(view), view.shape, view.place),
});

/** Axes in another order, all reversed where none is given. */
export function permuted(view: OpView, order: readonly number[] | undefined): Followed {
  const axes = mainInput(view);
  return { axes: permuteAxes(axes, order ?? axes.map((_, at) => axes.length - 1 - at)) };
}

/** A sum, mean or maximum over some axes, which stay with length 1 or go. */
export function reduced(view: OpView, over: readonly number[], keep: boolean): Followed {
  const axes = mainInput(view);
  const places = new Set(over.map((axis) => fromStart(axis, axes.length)));
  const meanings = meaningsOf(axes);
  return {
    axes: axes.flatMap((axis, at): Axis[] => {
      if (!places.has(at)) return [axis];
      // A mean over channels is a channel: what it is joined to or multiplied by makes more of them.
      return keep ? [isKnown(meanings[at]) ? axisOf(meanings[at] as 'tokens', 1) : []] : [];
    }),
    over: axes.filter((_, at) => places.has(at)),
  };
}

/** Ops that combine the numbers along some axes and keep the shape: softmax, norms, running sums. */
export function keptOver(view: OpView, over: readonly number[]): Followed | undefined {
  const kept = keepAxes(view);
  const axes = mainInput(view);
  const along = over.map((axis) => axes[fromStart(axis, axes.length)] ?? []);
  return kept && { ...kept, over: [...(kept.over ?? []), ...along] };
}

/** What shares its weights along all axes but the last, whatever they were: the last is channels, unknown others tokens. */
function withFeatures(axes: Axes, last: Axis): Axes {
  const others = axes.slice(0, -1).map((axis, at): Axis => {
    const isUnknown = at > 0 && axis.every(({ meaning, length }) => meaning === 'unknown' && length > 1);
    return isUnknown && axis.length > 0 ? axisOf('tokens', lengthOf(axis)) : axis;
  });
  return [...others, last];
}

/** A norm over the last axis. */
export function normalisedLast(view: OpView): Followed | undefined {
  const axes = mainInput(view);
  const last = axes.at(-1);
  if (last === undefined || axes.length !== view.shape.length) return undefined;
  if (meaningsOf(axes).at(-1) !== 'unknown') return keptOver(view, [-1]);
  return { axes: withFeatures(axes, axisOf('channels', lengthOf(last))), over: [last] };
}

/**
 * A product with constant weights along the last axis (a dense layer): it makes features, but where the axis is positions
 * and the channels are another one (a mixer's tokens), it makes positions.
 */
export function dense(axes: Axes, units: number): Followed {
  const meanings = meaningsOf(axes);
  const last = meanings.at(-1) ?? 'channels';
  const mixesPositions = isPosition(last) && last !== 'single' && meanings.slice(0, -1).includes('channels');
  const made = axisOf(mixesPositions ? 'tokens' : 'channels', units);
  return { axes: withFeatures(axes, made), over: axes.slice(-1) };
}

/** The factors of a product of matrices, transposed where the op says so; undefined for a constant one. */
export interface Factors {
  readonly left: Axes | undefined;
  readonly right: Axes | undefined;
}

/** An axis that constant weights make of another. */
function mixedAxis(axes: Axes, at: number, length: number): Axis {
  const meaning = meaningsOf(axes)[at < 0 ? at + axes.length : at] ?? 'unknown';
  if (meaning === 'batch') return axisOf('unknown', length);
  return axisOf(isPosition(meaning) ? 'tokens' : meaning === 'channels' ? 'channels' : 'unknown', length);
}

/** (..., rows, inner) times (..., inner, columns); a vector takes part as a row or a column that goes again. */
export function product(view: OpView, { left, right }: Factors): Followed | undefined {
  const { shape } = view;
  if (left !== undefined && right === undefined) {
    if (left.length === shape.length) return dense(left, shape.at(-1) ?? 1);
    return left.length === shape.length + 1 ? { axes: left.slice(0, -1), over: left.slice(-1) } : undefined;
  }
  if (right === undefined || right.length < 2) return undefined;
  const columns = right.at(-1)!;
  const over = [right.at(-2)!, ...(left?.slice(-1) ?? [])];
  if (right.length > shape.length || (left !== undefined && left.length < 2)) return undefined;
  const rows = left === undefined ? mixedAxis(right, -2, shape.at(-2) ?? 1) : left.at(-2)!;
  const outer = { ...view, shape: shape.slice(0, -2), inputs: [left?.slice(0, -2), right.slice(0, -2)] };
  return { axes: [...(broadcastAxes(outer)?.axes ?? []), rows, columns], over };
}

/** A matrix with its last two axes exchanged. */
export function transposed(axes: Axes | undefined): Axes | undefined {
  return axes && [...axes.slice(0, -2), ...axes.slice(-2).reverse()];
}

/** Tensors joined along one of their axes. */
export function joined(view: OpView, axis: number): Followed | undefined {
  const { inputs, shape } = view;
  const at = fromStart(axis, shape.length);
  // The joined axis has another length in each input: it is compared by what it stands for.
  const alike = inputs.map((axes) =>
    axes?.length === shape.length
      ? axes.map((one, place) => (place === at ? resized(axes, at, shape[at]!) : one))
      : undefined,
  );
  const over = inputs.flatMap((axes) => axes?.slice(at, at + 1) ?? []);
  const found = broadcastAxes({ ...view, inputs: alike });
  return alike.some((axes) => axes !== undefined) && found !== undefined ? { ...found, over } : undefined;
}

/** Tensors of one shape side by side along a new axis: channels where they have none, else steps. */
export function stacked(view: OpView, axis: number): Followed | undefined {
  const { shape, inputs } = view;
  const at = fromStart(axis, shape.length);
  const rest = shape.filter((_, place) => place !== at);
  const inner = broadcastAxes({ ...view, shape: rest, inputs })?.axes;
  if (inner === undefined) return undefined;
  const hasChannels = meaningsOf(inner).some((one) => one === 'channels' || one === 'unknown');
  return { axes: inner.toSpliced(at, 0, axisOf(hasChannels ? 'steps' : 'channels', shape[at]!)) };
}

/** Entries of an axis by an index of so many axes: none of them takes the axis away. */
export function gathered(view: OpView, axis: number): Followed | undefined {
  const [axes] = view.inputs;
  if (axes === undefined) return undefined;
  const at = fromStart(axis, axes.length);
  const added = view.shape.length - axes.length + 1;
  if (added < 0) return undefined;
  const lengths = view.shape.slice(at, at + added);
  const whole = resized(
    axes,
    at,
    lengths.reduce((size, length) => size * length, 1),
  );
  const made = added === 0 ? [] : reshapeAxes([whole], lengths, view.place);
  return { axes: [...axes.slice(0, at), ...made, ...axes.slice(at + 1)], over: [axes[at]!] };
}
