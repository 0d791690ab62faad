import type { Preconditioner } from './preconditioner.js';
import { addScaled, dot } from './vectors.js';

/**
 * The L-BFGS approximation of the inverse Hessian (Nocedal & Wright, algorithm 7.4), from the last steps
 * s = x' - x and the changes of gradient y = g' - g along them. It starts from a preconditioner M, times the gamma that
 * makes it right along the newest step:
 *
 *     H0 = gamma M        gamma = s'y / (y' M y)
 */
export class CurvatureMemory {
  private readonly pairs: { step: Float64Array; change: Float64Array; product: number }[] = [];

  /** @param capacity - pairs remembered. @param start - M, symmetric and positive; without it the identity. */
  constructor(
    private readonly capacity: number,
    private start: Preconditioner = (vector) => vector.slice(),
  ) {}

  /** The number of pairs remembered. */
  get size(): number {
    return this.pairs.length;
  }

  /** Takes over a step and the change of gradient along it, unless rounding made its curvature negative. */
  push(step: Float64Array, change: Float64Array): void {
    const product = dot(step, change);
    if (!(product > Number.EPSILON * Math.sqrt(dot(step, step) * dot(change, change)))) return;
    if (this.pairs.length === this.capacity) this.pairs.shift();
    this.pairs.push({ step, change, product });
  }

  /**
   * Hands the pairs on to the memory of another objective, which has (added / 2) ||x||^2 over the first
   * `coordinates` more: there the change along a step s is y + added s, exactly. This memory is empty afterwards.
   */
  carried(options: {
    readonly start: Preconditioner;
    readonly added: number;
    readonly coordinates: number;
  }): CurvatureMemory {
    const { start, added, coordinates } = options;
    const next = new CurvatureMemory(this.capacity, start);
    for (const { step, change } of this.pairs.splice(0)) {
      const penalised = change.subarray(0, coordinates);
      addScaled(penalised, added, step.subarray(0, coordinates), penalised);
      next.push(step, change);
    }
    return next;
  }

  /** Starts from another preconditioner, with the same pairs. */
  restart(start: Preconditioner): void {
    this.start = start;
  }

  /** Forgets all pairs. */
  clear(): void {
    this.pairs.length = 0;
  }

  /** The quasi-Newton direction -H g: always downhill. */
  direction(gradient: Float64Array): Float64Array {
    const { pairs } = this;
    const tail = gradient.slice();
    const along: number[] = [];
    for (let at = pairs.length - 1; at >= 0; at--) {
      const { step, change, product } = pairs[at]!;
      along[at] = dot(step, tail) / product;
      addScaled(tail, -along[at]!, change, tail);
    }
    const started = this.start(tail);
    const result = addScaled(started, -this.gamma() - 1, started, started);
    for (const [at, { step, change, product }] of pairs.entries()) {
      addScaled(result, -along[at]! - dot(change, result) / product, step, result);
    }
    return result;
  }

  private gamma(): number {
    const newest = this.pairs.at(-1);
    if (newest === undefined) return 1;
    return newest.product / dot(newest.change, this.start(newest.change));
  }
}
