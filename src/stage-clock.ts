/** Seconds and samples of one stage of a run. */
export interface StageTime {
  readonly stage: string;
  readonly seconds: number;
  readonly samples: number;
}

/** Adds up how long each stage of a run takes. Stages that overlap are each counted in full. */
export class StageClock {
  readonly #seconds = new Map<string, number>();
  readonly #samples = new Map<string, number>();

  /** Runs `work` and adds its time to `stage`, also when it throws. */
  async time<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      this.add(stage, (performance.now() - start) / 1000);
    }
  }

  /** Adds time, and the samples that went through in it. */
  add(stage: string, seconds: number, samples = 0): void {
    this.#seconds.set(stage, (this.#seconds.get(stage) ?? 0) + seconds);
    this.#samples.set(stage, (this.#samples.get(stage) ?? 0) + samples);
  }

  /** The stages in the order in which they were first seen. */
  report(): readonly StageTime[] {
    return [...this.#seconds].map(([stage, seconds]) => ({
      stage,
      seconds,
      samples: this.#samples.get(stage) ?? 0,
    }));
  }
}
