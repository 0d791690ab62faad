import type { ColumnProgress } from '../probe/probe-column.js';
import type { SweptColumn } from '../probe/sweep.js';
import type { CachedColumn } from '../read/cache.js';
import { startProgress } from './terminal.js';

/**
 * How long the rest of a sweep takes. A pass over a column costs what its features are (its bytes, all columns having
 * the same rows); how many passes a column needs, and what a byte costs, is as it was on average in the columns that
 * were trained. Columns whose results are kept cost nothing and teach nothing.
 */
export class TimeLeft {
  #trained = { columns: 0, passes: 0, work: 0, seconds: 0 };

  /** Counts a column that was trained, with `passes` over its `bytes`. */
  add(passes: number, bytes: number, seconds: number): void {
    const { columns, passes: before, work, seconds: earlier } = this.#trained;
    this.#trained = {
      columns: columns + 1,
      passes: before + passes,
      work: work + passes * bytes,
      seconds: earlier + seconds,
    };
  }

  /**
   * Seconds for columns of so many bytes each, `passes` of the first one being done; NaN before any column was
   * trained.
   */
  of(bytes: readonly number[], passes = 0): number {
    const { columns, passes: all, work, seconds } = this.#trained;
    if (work === 0) return Number.NaN;
    const expected = all / columns;
    const left = bytes.reduce(
      (sum, one, at) => sum + one * Math.max(0, expected - (at === 0 ? passes : 0)),
      0,
    );
    return (left * seconds) / work;
  }
}

/** The progress of a sweep on stderr: columns, passes, the gap of the probe furthest from its end, time left. */
export function startProbeProgress(
  columns: readonly CachedColumn[],
  title = 'probe',
): {
  readonly onPass: (place: number, progress: ColumnProgress) => void;
  readonly onColumn: (result: SweptColumn) => void;
  readonly end: () => void;
} {
  const shown = startProgress(title, columns.length, 'columns');
  const bytes = columns.map((column) => column.bytes);
  const timeLeft = new TimeLeft();
  let [done, passes, own, started] = [0, 0, 0, performance.now()];
  return {
    onPass(place, { passes: now, l2, gapOverLoss }) {
      own = now;
      const at = `${columns[place]?.tap.name} l2 ${l2} gap ${gapOverLoss.toExponential(0)}`;
      shown.advance(0, `${passes + own} passes, ${at}`, timeLeft.of(bytes.slice(place), own));
    },
    onColumn({ trainedLabelSets }) {
      if (trainedLabelSets > 0) timeLeft.add(own, bytes[done]!, (performance.now() - started) / 1000);
      passes += own;
      done += 1;
      [own, started] = [0, performance.now()];
      shown.advance(1, `${passes} passes`, timeLeft.of(bytes.slice(done)));
    },
    end: () => shown.end(),
  };
}
