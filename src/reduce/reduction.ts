import { UserError, unknownName } from '../errors.js';
import { averagePool } from './average-pool.js';
import { flatten } from './flatten.js';
import { gridCells, gridPool } from './grid-pool.js';
import { maxPool } from './max-pool.js';
import { type PooledTap, poolOrder, poolProblem } from './pool-axes.js';
import { pooledInOrder } from './pooled-in-order.js';
import { randomProjection } from './random-projection.js';
import { randomSubset } from './random-subset.js';
import type { ReducerOptions, TapReducer } from './tap-reducer.js';

/** How a tap's activation becomes a vector of features (section 3.4 of the paper). */
export type Reduction =
  | { readonly kind: 'flatten' }
  | { readonly kind: 'average-pool' }
  | { readonly kind: 'max-pool' }
  | { readonly kind: 'grid-pool'; readonly cells: number }
  | { readonly kind: 'random-subset'; readonly features: number }
  | { readonly kind: 'random-projection'; readonly features: number };

/** What `--reduce` takes; K and N are whole numbers from 1. */
export const REDUCTION_CHOICES = [
  'flatten',
  'average-pool',
  'max-pool',
  'grid-pool:K',
  'random-subset:N',
  'random-projection:N',
] as const;

/** A tap with fewer features than this is kept whole by default. */
export const FLATTEN_BELOW = 2048;

function parameter(text: string, digits: string | undefined): number {
  if (digits !== undefined && /^[1-9]\d{0,8}$/.test(digits)) return Number(digits);
  const kind = text.split(':', 1)[0];
  throw new UserError(
    `reduction needs a whole number from 1 to 999999999: ${text} (such as ${kind}:${kind === 'grid-pool' ? 2 : 1000})`,
  );
}

/**
 * Reads a reduction as the user writes it: `average-pool`, `grid-pool:2`, `random-subset:1000`.
 *
 * @throws UserError naming the choices.
 */
export function parseReduction(text: string): Reduction {
  const [kind, digits, ...rest] = text.trim().split(':');
  if (rest.length > 0) throw unknownName('reduction', text, REDUCTION_CHOICES);
  switch (kind) {
    case 'flatten':
    case 'average-pool':
    case 'max-pool':
      if (digits !== undefined) throw new UserError(`reduction takes no number: ${text} (write ${kind})`);
      return { kind };
    case 'grid-pool':
      return { kind, cells: parameter(text, digits) };
    case 'random-subset':
    case 'random-projection':
      return { kind, features: parameter(text, digits) };
    default:
      throw unknownName('reduction', text, REDUCTION_CHOICES);
  }
}

/** The name that {@link parseReduction} reads back: part of the column's path. */
export function reductionName(reduction: Reduction): string {
  switch (reduction.kind) {
    case 'grid-pool':
      return `${reduction.kind}:${reduction.cells}`;
    case 'random-subset':
    case 'random-projection':
      return `${reduction.kind}:${reduction.features}`;
    default:
      return reduction.kind;
  }
}

function size(shape: readonly number[]): number {
  return shape.reduce((product, length) => product * length, 1);
}

/**
 * What is done where the user asks for nothing: whole below {@link FLATTEN_BELOW} features and for vectors, else averages
 * per channel, or a random subset of as many features where the channels are not known.
 */
export function defaultReduction(tap: PooledTap): Reduction {
  const { shape } = tap;
  if (shape.length <= 1 || size(shape) < FLATTEN_BELOW) return { kind: 'flatten' };
  if (poolProblem(tap) !== undefined) return { kind: 'random-subset', features: FLATTEN_BELOW };
  return effectiveReduction({ kind: 'average-pool' }, tap);
}

/**
 * What a reduction comes to on a tap: there is nothing to pool in a vector, or where all axes are channels, so it stays
 * whole.
 *
 * @throws UserError for a pool of a tap whose channels are not known.
 */
export function effectiveReduction(reduction: Reduction, tap: PooledTap): Reduction {
  if (!reduction.kind.endsWith('-pool')) return reduction;
  return tap.shape.length <= 1 || poolOrder(tap).shape.length <= 1 ? { kind: 'flatten' } : reduction;
}

/**
 * How many features a tap has under a reduction.
 *
 * @throws UserError for a pool of a tap whose channels are not known.
 */
export function reductionFeatures(reduction: Reduction, tap: PooledTap): number {
  const { shape } = tap;
  const effective = effectiveReduction(reduction, tap);
  switch (effective.kind) {
    case 'flatten':
      return size(shape);
    case 'average-pool':
    case 'max-pool':
      return poolOrder(tap).shape.at(-1) ?? 1;
    case 'grid-pool': {
      const pooled = poolOrder(tap).shape;
      return gridCells(pooled, effective.cells) * (pooled.at(-1) ?? 1);
    }
    case 'random-subset':
      return Math.min(effective.features, size(shape));
    case 'random-projection':
      return effective.features;
  }
}

/** Makes a reduction ready for one tap. The same tap, shape and seed give the same features for ever. */
export function makeReducer(reduction: Reduction, options: ReducerOptions): TapReducer {
  const effective = effectiveReduction(reduction, options);
  const features = reductionFeatures(reduction, options);
  switch (effective.kind) {
    case 'flatten':
      return flatten(features);
    case 'average-pool':
      return pooledInOrder(averagePool(features), options);
    case 'max-pool':
      return pooledInOrder(maxPool(features), options);
    case 'grid-pool':
      return pooledInOrder(gridPool(effective.cells, poolOrder(options).shape), options);
    case 'random-subset':
      return randomSubset(effective.features, options);
    case 'random-projection':
      return randomProjection(effective.features, options);
  }
}
