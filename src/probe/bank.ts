import { evaluateAll } from './objective.js';
import type { Rescaling } from './rescaling.js';
import type { RowPasses } from './row-passes.js';
import type { Ask, Asking } from './solver-protocol.js';

/** A solver and the labels it is to be answered about. */
export interface BankEntry<Result> {
  readonly classes: number;
  /** Class indices, negative for rows that do not count; and the number of rows that do. */
  readonly labels: Int32Array;
  readonly labelled: number;
  readonly rescaling?: Rescaling | undefined;
  readonly solver: Asking<Result>;
}

/** What a solver came to, and its share of the time of the passes for each l2 value it asked about. */
export interface BankResult<Result> {
  readonly result: Result;
  readonly seconds: ReadonlyMap<number, number>;
}

/** How far a bank has come: said after every pass. */
export interface BankProgress {
  readonly passes: number;
  readonly solvers: number;
  readonly finished: number;
  /** Of the solver that is furthest from its end. */
  readonly l2: number;
  readonly gapRatio: number;
}

interface Running<Result> {
  readonly entry: BankEntry<Result>;
  readonly slot: number;
  readonly ask: Ask;
}

/**
 * Runs several solvers in lock-step: one pass over the rows answers all of them, and a solver that has finished
 * leaves, so that its columns are no longer computed.
 *
 * @returns the results in the order of the entries.
 */
export async function runBank<Result>(options: {
  readonly passes: RowPasses;
  readonly entries: readonly BankEntry<Result>[];
  readonly signal?: AbortSignal | undefined;
  readonly onPass?: ((progress: BankProgress) => void) | undefined;
}): Promise<BankResult<Result>[]> {
  const { passes, entries, signal, onPass } = options;
  const seconds = entries.map(() => new Map<number, number>());
  const results: BankResult<Result>[] = [];
  const step = (entry: BankEntry<Result>, slot: number, turn: IteratorResult<Ask, Result>) => {
    if (!turn.done) return [{ entry, slot, ask: turn.value }];
    results[slot] = { result: turn.value, seconds: seconds[slot]! };
    return [];
  };
  let running: Running<Result>[] = entries.flatMap((entry, slot) => step(entry, slot, entry.solver.next()));
  for (let count = 1; running.length > 0; count++) {
    const started = performance.now();
    const problems = running.map(({ entry, ask }) => ({ ...entry, ask }));
    const answers = await evaluateAll({ passes, problems, signal });
    shareTime(running, seconds, (performance.now() - started) / 1000);
    running = running.flatMap(({ entry, slot }, at) => step(entry, slot, entry.solver.next(answers[at]!)));
    onPass?.(progressOf(running, entries.length, count));
  }
  return results;
}

/** A pass costs about as much per class, whichever solver asked. */
function shareTime(
  running: readonly Running<unknown>[],
  seconds: readonly Map<number, number>[],
  elapsed: number,
): void {
  const columns = running.reduce((sum, { entry }) => sum + entry.classes, 0);
  for (const { entry, slot, ask } of running) {
    const before = seconds[slot]!.get(ask.l2) ?? 0;
    seconds[slot]!.set(ask.l2, before + (elapsed * entry.classes) / columns);
  }
}

function progressOf(running: readonly Running<unknown>[], solvers: number, passes: number): BankProgress {
  const asks = running.map(({ ask }) => ask);
  const furthest = asks.toSorted((a, b) => b.l2 - a.l2 || b.gapRatio - a.gapRatio)[0];
  return {
    passes,
    solvers,
    finished: solvers - running.length,
    l2: furthest?.l2 ?? 0,
    gapRatio: furthest?.gapRatio ?? 0,
  };
}
