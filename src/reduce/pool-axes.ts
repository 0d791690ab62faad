// Pooling goes over the positions of a tap and keeps its channels, wherever these lie: a tap (channels, height, width) is
// turned to (height, width, channels) first, and several axes of channels (heads and their features) become one.
import { UserError } from '../errors.js';
import { type AxisMeaning, isPosition } from '../model/axes/axis.js';

/** The part of a tap that decides how it is pooled. */
export interface PooledTap {
  readonly name?: string;
  /** Without the batch. */
  readonly shape: readonly number[];
  /** What the axes of `shape` stand for; positions and then channels where it is left out. */
  readonly axes?: readonly AxisMeaning[];
  readonly unknownSince?: string;
}

/** How a tap is turned before it is pooled. */
export interface PoolOrder {
  /** The axes of the tap's shape: positions, then channels. */
  readonly order: readonly number[];
  /** The lengths of the positions, and the product of the channels' last. */
  readonly shape: readonly number[];
  /** Whether the tap is already like that. */
  readonly asIs: boolean;
}

/** Why a tap cannot be pooled; undefined where it can. */
export function poolProblem({ shape, axes, unknownSince }: PooledTap): string | undefined {
  if (shape.length <= 1 || !axes?.some((meaning) => !isPosition(meaning) && meaning !== 'channels'))
    return undefined;
  return `which of its axes are channels is not known${unknownSince === undefined ? '' : ` since ${unknownSince}`}`;
}

/**
 * The order in which a tap of at least two axes is pooled.
 *
 * @throws UserError where its axes are not known.
 */
export function poolOrder(tap: PooledTap): PoolOrder {
  const { shape, axes } = tap;
  const problem = poolProblem(tap);
  if (problem !== undefined)
    throw new UserError(
      `tap cannot be pooled: ${tap.name ?? 'tap'} (${shape.join('x')}): ${problem} (flatten, random-subset:N and random-projection:N work)`,
    );
  const places = shape.map((_, at) => at);
  const isChannels = (at: number) => (axes === undefined ? at === shape.length - 1 : axes[at] === 'channels');
  const positions = places.filter((at) => !isChannels(at));
  const channels = places.filter(isChannels);
  const order = [...positions, ...channels];
  const features = channels.reduce((product, at) => product * shape[at]!, 1);
  const asIs = channels.length === 1 && order.every((at, place) => at === place);
  return { order, shape: [...positions.map((at) => shape[at]!), features], asIs };
}
