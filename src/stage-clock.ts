/** Seconds and samples of one stage of a run. */
export interface StageTime {
  readonly stage: string;
  readonly seconds: number;
  readonly samples: number;
  /** True for a stage that goes on beside the others: its seconds are not part of the whole. */
  readonly meanwhile?: true;
}

/** One piece of work, for a trace of the run. */
export interface Span {
  readonly stage: string;
  /** Milliseconds on the clock of `performance.now`. */
  readonly start: number;
  readonly end: number;
  /** True where other work goes on beside it. */
  readonly meanwhile: boolean;
}

interface Total {
  seconds: number;
  samples: number;
  readonly meanwhile: boolean;
}

/** Adds up how long each stage of a run takes. Stages that overlap are each counted in full. */
export class StageClock {
  readonly #totals = new Map<string, Total>();
  readonly #onSpan: ((span: Span) => void) | undefined;

  /** @param onSpan - told of each piece of work when it is over. */
  constructor(onSpan?: (span: Span) => void) {
    this.#onSpan = onSpan;
  }

  /** Runs `work` and adds its time to `stage`, also when it throws. */
  time<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
    return this.#time(stage, work, false);
  }

  /** Runs `work` beside the other stages, and adds its time to `stage`, also when it throws. */
  timeMeanwhile<T>(stage: string, work: () => T | Promise<T>): Promise<T> {
    return this.#time(stage, work, true);
  }

  /** Adds time, and the samples that went through in it. */
  add(stage: string, seconds: number, samples = 0): void {
    this.#add(stage, { seconds, samples, meanwhile: false });
  }

  /** Adds a piece of work that went on beside the others. */
  addMeanwhile(stage: string, start: number, end: number, samples = 0): void {
    this.#add(stage, { seconds: (end - start) / 1000, samples, meanwhile: true });
    this.#onSpan?.({ stage, start, end, meanwhile: true });
  }

  /** The stages in the order in which they were first seen. */
  report(): readonly StageTime[] {
    return [...this.#totals].map(([stage, { seconds, samples, meanwhile }]) => ({
      stage,
      seconds,
      samples,
      ...(meanwhile ? { meanwhile } : {}),
    }));
  }

  async #time<T>(stage: string, work: () => T | Promise<T>, meanwhile: boolean): Promise<T> {
    const start = performance.now();
    try {
      return await work();
    } finally {
      const end = performance.now();
      this.#add(stage, { seconds: (end - start) / 1000, samples: 0, meanwhile });
      this.#onSpan?.({ stage, start, end, meanwhile });
    }
  }

  #add(stage: string, { seconds, samples, meanwhile }: Total): void {
    const total = this.#totals.get(stage) ?? { seconds: 0, samples: 0, meanwhile };
    total.seconds += seconds;
    total.samples += samples;
    this.#totals.set(stage, total);
  }
}

/** The stages of several runs added up, in the order in which they were first seen. */
export function addedStages(runs: readonly (readonly StageTime[])[]): readonly StageTime[] {
  const sums = new Map<string, StageTime>();
  for (const one of runs.flat()) {
    const sum = sums.get(one.stage) ?? { ...one, seconds: 0, samples: 0 };
    sums.set(one.stage, { ...sum, seconds: sum.seconds + one.seconds, samples: sum.samples + one.samples });
  }
  return [...sums.values()];
}
