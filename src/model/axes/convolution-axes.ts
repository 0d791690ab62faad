// What convolutions make of axes: (batch, inputs, ...positions) -> (batch, outputs, ...positions), or with the channels last.
import {
  type Axes,
  type Axis,
  axisOf,
  holdsBatch,
  isPosition,
  lengthOf,
  mapAxes,
  meaningsOf,
  resized,
} from './axis.js';
import { type AxisRule, mainInput, type OpView } from './op-view.js';

/** The batch and the channels of an axis that holds one image's channels after the other's; undefined for any other axis. */
function groupsOfImages(axis: Axis | undefined, length: number): Axis | undefined {
  const [images] = axis ?? [];
  if (images?.meaning !== 'batch' || images.length === 1 || length % images.length !== 0) return undefined;
  return [images, { meaning: 'channels', length: length / images.length }];
}

/** Weights that are computed from the images: those of one image would be applied to all, but where each has groups of its own. */
function weightsOf({ inputs }: OpView, isGrouped: boolean): Axes {
  const weights = inputs[0] === undefined ? undefined : inputs[1];
  return isGrouped ? [] : (weights?.filter(holdsBatch) ?? []);
}

/**
 * The axes of a map or sequence whose positions lie where a convolution has its features, and whose channels are elsewhere: it
 * combines positions, as the tokens of a mixer, and makes positions. Undefined for any other.
 */
function alongPositions(axes: Axes, place: number, shape: readonly number[]): Axes | undefined {
  const meanings = meaningsOf(axes);
  const meaning = meanings[place];
  const mixes = meaning !== undefined && meaning !== 'single' && isPosition(meaning);
  if (!mixes || axes.length !== shape.length || !meanings.includes('channels')) return undefined;
  return shape.map((length, at) => (at === place ? axisOf('tokens', length) : resized(axes, at, length)));
}

/**
 * The axes of a convolution. Its features are channels, whatever they are made of, but where it combines positions of other channels.
 *
 * @param channels - where the op has its features.
 */
export function convolvedAxes(channels: 'first' | 'last'): AxisRule {
  return (view) => {
    const { shape } = view;
    const axes = mainInput(view);
    const place = channels === 'first' ? 1 : shape.length - 1;
    const groups = axes.length === shape.length ? groupsOfImages(axes[place], shape[place]!) : undefined;
    const groupCount = view.ints('group')?.[0] ?? 1;
    const isGrouped = groups !== undefined && groupCount % groups[0]!.length === 0;
    const [images = [], ...made] = mapAxes(shape, channels);
    const [batch] = axes;
    const first = batch !== undefined && lengthOf(batch) === shape[0] ? batch : images;
    const found = alongPositions(axes, place, shape) ?? [first, ...made];
    return {
      axes: isGrouped ? found.with(place, groups) : found,
      over: [...weightsOf(view, isGrouped), ...(groups !== undefined && !isGrouped ? [axes[place]!] : [])],
    };
  };
}
