/** Losses that fall by less than this part within the patience do not count as falling. */
const LEAST_FALL = 1e-3;

/** How a probe's training stands after an epoch. */
export type Standing = 'training' | 'stopped' | 'diverged';

/**
 * Watches the loss on valid after every epoch. The best epoch is that of the lowest loss; training ends where
 * `patience` epochs in a row have not lowered the loss by a thousandth, so that rates too small to arrive end as well,
 * and where the loss is no number any more.
 */
export class EarlyStopping {
  #best = Number.POSITIVE_INFINITY;
  #epoch = 0;
  #mark = Number.POSITIVE_INFINITY;
  #idle = 0;
  #standing: Standing = 'training';

  constructor(private readonly patience: number) {}

  /** The epoch of the lowest loss: 0 is before the first. */
  get epoch(): number {
    return this.#epoch;
  }

  get standing(): Standing {
    return this.#standing;
  }

  /**
   * Takes the loss after an epoch, epochs in order.
   *
   * @returns whether it is the lowest so far: the weights are to be kept then.
   */
  observe(loss: number, epoch: number): boolean {
    if (!Number.isFinite(loss)) {
      this.#standing = 'diverged';
      return false;
    }
    this.#idle = loss < this.#mark * (1 - LEAST_FALL) ? 0 : this.#idle + 1;
    if (this.#idle === 0) this.#mark = loss;
    if (this.#idle >= this.patience) this.#standing = 'stopped';
    if (loss >= this.#best) return false;
    this.#best = loss;
    this.#epoch = epoch;
    return true;
  }
}
