// What the axes of a tensor stand for. An axis is a list of parts, outermost first, whose lengths multiply to its own: a map
// (batch, height, width, channels) reshaped to (batch, height * width, channels) has the parts height and width in one
// axis, and a later reshape finds them again.

/**
 * What an axis can stand for. `height`, `width`, `depth`, `tokens` and `steps` are positions, which pooling goes over;
 * `channels` are features, which it keeps; `single` is an axis of length 1 that an op has put in.
 */
export const AXIS_MEANINGS = [
  'batch',
  'channels',
  'height',
  'width',
  'depth',
  'tokens',
  'steps',
  'single',
  'unknown',
] as const;

/** One of {@link AXIS_MEANINGS}. */
export type AxisMeaning = (typeof AXIS_MEANINGS)[number];

/** A factor of an axis. */
export interface AxisPart {
  readonly meaning: Exclude<AxisMeaning, 'single'>;
  readonly length: number;
  /** Of an unknown part: which op it is unknown since. */
  readonly since?: string;
}

/** One axis: its parts, outermost first; none where an op has put in an axis of length 1. */
export type Axis = readonly AxisPart[];

/** The axes of a tensor, the batch among them. */
export type Axes = readonly Axis[];

/** An axis of one part. */
export function axisOf(meaning: AxisPart['meaning'], length: number): Axis {
  return [{ meaning, length }];
}

/** An axis of which nothing is known since an op. */
export function unknownAxis(length: number, since: string): Axis {
  return length === 1 ? [] : [{ meaning: 'unknown', length, since }];
}

/** The length of an axis. */
export function lengthOf(axis: Axis): number {
  return axis.reduce((product, { length }) => product * length, 1);
}

/** The shape of a tensor. */
export function shapeOf(axes: Axes): readonly number[] {
  return axes.map(lengthOf);
}

/** The parts that say what an axis is: those longer than 1, or all where none is. */
function counting(axis: Axis): Axis {
  const long = axis.filter(({ length }) => length > 1);
  return long.length > 0 ? long : axis;
}

/** Whether pooling goes over what has this meaning. */
export function isPosition(meaning: AxisMeaning): boolean {
  return !['batch', 'channels', 'unknown'].includes(meaning);
}

/** What an axis stands for by itself; `mixed` where it holds channels and positions, or the batch and something else. */
function meaningAlone(axis: Axis): AxisMeaning | 'mixed' {
  const meanings = new Set(counting(axis).map(({ meaning }) => meaning));
  const [first, ...others] = meanings;
  if (first === undefined) return 'single';
  if (others.length === 0) return first;
  if (meanings.has('unknown')) return 'unknown';
  return [...meanings].every(isPosition) ? 'tokens' : 'mixed';
}

/**
 * What each axis of a tensor stands for. An axis of positions and channels in one is channels where all others are
 * positions, and it is the last one or its channels are innermost (the rows of an image as steps, (batch, height, width *
 * channels)); positions where the tensor has channels besides (half-way through a shuffle of pixels); otherwise unknown.
 */
export function meaningsOf(axes: Axes): readonly AxisMeaning[] {
  const alone = axes.map(meaningAlone);
  const hasChannels = alone.includes('channels');
  return alone.map((meaning, at) => {
    if (meaning !== 'mixed') return meaning;
    if (axes[at]!.some((part) => part.meaning === 'batch')) return at === 0 ? 'batch' : 'unknown';
    if (hasChannels) return 'tokens';
    const isWhole = at === axes.length - 1 || counting(axes[at]!).at(-1)?.meaning === 'channels';
    const others = alone.filter((_, place) => place > 0 && place !== at);
    return isWhole && others.every((one) => one !== 'mixed' && isPosition(one)) ? 'channels' : 'unknown';
  });
}

/** Whether images of the batch lie along an axis. */
export function holdsBatch(axis: Axis): boolean {
  return axis.some(({ meaning, length }) => meaning === 'batch' && length > 1);
}

/** Whether the first axis is known to be another than the batch, although it has the batch's length. */
export function isTurnedOver([first]: Axes): boolean {
  return (
    first?.some(({ meaning, length }) => length > 1 && meaning !== 'batch' && meaning !== 'unknown') ?? false
  );
}

/** The first reason why a tensor's axes are unknown; undefined where they are not. */
export function unknownSince(axes: Axes): string | undefined {
  return axes.flat().find(({ since }) => since !== undefined)?.since;
}

/** The axes of a tap, without the batch, as a tap says what they stand for; nothing where no axes were found. */
export function tapAxes(axes: Axes): {
  readonly axes?: readonly AxisMeaning[];
  readonly unknownSince?: string;
} {
  if (axes.length === 0) return {};
  const meanings = meaningsOf(axes).slice(1);
  const since = meanings.includes('unknown') ? unknownSince(axes) : undefined;
  return { axes: meanings, ...(since === undefined ? {} : { unknownSince: since }) };
}

/**
 * An axis that an op has put in and filled: channels where the other axes have none, such as the means and the maxima of a
 * map side by side; else positions.
 *
 * @param others - the axes beside it, the batch among them.
 */
export function addedAxis(others: Axes, length: number): Axis {
  if (length === 1) return [];
  const since = unknownSince(others);
  if (since !== undefined) return unknownAxis(length, since);
  const hasChannels = meaningsOf(others).includes('channels');
  return axisOf(hasChannels ? 'tokens' : 'channels', length);
}

/** How many whole batches, one after the other, an axis of batches has with another length; undefined where it cuts one. */
function batchCopies(axis: Axis, length: number): number | undefined {
  const inner = axis.at(-1);
  return inner?.meaning === 'batch' && length % inner.length === 0 ? length / inner.length : undefined;
}

/** Whether an axis with another length would lack some of its images, or have some of them twice. */
export function cutsBatch(axis: Axis, length: number): boolean {
  return holdsBatch(axis) && lengthOf(axis) !== length && batchCopies(axis, length) === undefined;
}

/** An axis of another length that stands for the same: part of it was taken, or it was padded, joined or resampled. */
export function resized(axes: Axes, at: number, length: number): Axis {
  const axis = axes[at]!;
  if (lengthOf(axis) === length) return axis;
  const copies = batchCopies(axis, length);
  if (copies !== undefined)
    return copies === 1 ? axis.slice(-1) : [{ meaning: 'tokens', length: copies }, axis.at(-1)!];
  const meaning = meaningsOf(axes)[at]!;
  if (meaning === 'single') return addedAxis(axes.toSpliced(at, 1), length);
  const since = unknownSince([axis]);
  return [{ meaning, length, ...(since === undefined ? {} : { since }) }];
}

/** What the axes of an image tap, (height, width, channels), stand for. */
export const IMAGE_AXES: readonly AxisMeaning[] = ['height', 'width', 'channels'];

/** The names of the positions of a map with so many axes of them. */
export function positionNames(count: number): readonly AxisPart['meaning'][] {
  if (count === 1) return ['tokens'];
  return count === 2
    ? ['height', 'width']
    : (['depth', 'height', 'width'].slice(0, count) as AxisPart['meaning'][]);
}

/** The axes of a map, (batch, channels, ...positions) or (batch, ...positions, channels). */
export function mapAxes(shape: readonly number[], channels: 'first' | 'last'): Axes {
  const [batch = 1, ...rest] = shape;
  const lengths = channels === 'first' ? rest.slice(1) : rest.slice(0, -1);
  const names = positionNames(lengths.length);
  const positions = lengths.map((length, at) => axisOf(names[at] ?? 'tokens', length));
  const features = axisOf('channels', (channels === 'first' ? rest[0] : rest.at(-1)) ?? 1);
  const inner = channels === 'first' ? [features, ...positions] : [...positions, features];
  return [axisOf('batch', batch), ...(rest.length === 0 ? [] : inner)];
}

/** Axes of which nothing is known but the batch, where the first has its length. */
export function unknownAxes(shape: readonly number[], since: string, batch?: Axis): Axes {
  return shape.map((length, at) =>
    at === 0 && batch !== undefined && lengthOf(batch) === length ? batch : unknownAxis(length, since),
  );
}
