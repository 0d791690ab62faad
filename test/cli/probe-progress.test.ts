import { afterEach, describe, expect, it, vi } from 'vitest';
import { startProbeProgress, TimeLeft } from '../../src/cli/probe-progress.js';
import type { SweptColumn } from '../../src/probe/sweep.js';
import type { CachedColumn } from '../../src/read/cache.js';

describe('the time left of a sweep', () => {
  it('is not known before a column is trained', () => {
    expect(new TimeLeft().of([100, 100])).toBeNaN();
  });

  it('is by passes and bytes as in the columns before', () => {
    const left = new TimeLeft();
    left.add(10, 100, 5);
    expect(left.of([100, 200])).toBeCloseTo(5 + 10);
    left.add(30, 100, 15);
    expect(left.of([100])).toBeCloseTo(10);
    expect(left.of([])).toBe(0);
  });

  it('falls with the passes of the column at hand, and never below what comes after it', () => {
    const left = new TimeLeft();
    left.add(10, 100, 5);
    expect(left.of([100, 100], 4)).toBeCloseTo(3 + 5);
    expect(left.of([100, 100], 25)).toBeCloseTo(5);
  });
});

describe('the progress of a sweep', () => {
  afterEach(() => {
    vi.restoreAllMocks();
    vi.useRealTimers();
  });

  it('says columns, passes, the gap so far and the time left', () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const said = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const columns = ['add_1', 'add_2', 'add_3'].map((name) => ({ tap: { name }, bytes: 100 }));
    const progress = startProbeProgress(columns as unknown as readonly CachedColumn[]);
    const in11Seconds = (say: () => void) => {
      vi.advanceTimersByTime(11_000);
      say();
      return said.mock.calls.at(-1)?.[0];
    };
    const pass = { labelSets: 2, finishedLabelSets: 0, l2: 0.1, gapOverLoss: 0.0123 };
    const trained = { trainedLabelSets: 2 } as unknown as SweptColumn;
    expect(in11Seconds(() => progress.onPass(0, { ...pass, passes: 8 }))).toBe(
      'probe: 0/3 columns, 0.00/s, - left 8 passes, add_1 l2 0.1 gap 1e-2',
    );
    expect(in11Seconds(() => progress.onColumn(trained))).toBe(
      'probe: 1/3 columns, 0.0455/s, 44.0 s left 8 passes',
    );
    expect(in11Seconds(() => progress.onPass(1, { ...pass, passes: 2, l2: 0.01 }))).toBe(
      'probe: 1/3 columns, 0.0303/s, 38.5 s left 10 passes, add_2 l2 0.01 gap 1e-2',
    );
  });
});
