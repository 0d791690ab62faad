import { describe, expect, it } from 'vitest';
import { startingGrid, trainGrowing } from '../../src/probe/grow-grid.js';
import type { TrainedProbe } from '../../src/probe/train-softmax.js';

function probeAt(l2: number, converged = true): TrainedProbe {
  const probe = { classes: 2, weight: new Float32Array(2), bias: new Float32Array(2) };
  return { l2, probe, gap: 0, converged, passes: 1, seconds: 0 };
}

/** Grows a grid over label sets whose loss on valid is a function of log10 l2. */
async function grow(
  controls: readonly boolean[],
  losses: readonly ((log: number) => number)[],
  l2 = [1, 0.1],
  converges: (at: number, l2: number) => boolean = () => true,
) {
  const calls: { l2: readonly number[]; from: readonly number[] | undefined }[] = [];
  const trained = await trainGrowing({
    controls,
    l2,
    train: async (values, starts) => {
      calls.push({ l2: values, from: starts?.map((start) => start.l2) });
      return controls.map((_, at) => values.map((value) => probeAt(value, converges(at, value))));
    },
    validLosses: async (probes) => probes.map((probe, at) => losses[at]!(Math.log10(probe.l2))),
  });
  return { grid: trained.map((probes) => probes.map((probe) => probe.l2)), calls };
}

describe('startingGrid', () => {
  it.each([
    [10, [1, 1e-1, 1e-2, 1e-3]],
    [12_800, [1, 1e-1, 1e-2, 1e-3, 1e-4]],
    [1_281_167, [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]],
  ])('of %d rows goes down to about one over them', (rows, grid) => {
    expect(startingGrid(rows)).toEqual(grid);
  });
});

describe('trainGrowing', () => {
  it('adds decades at both ends until the best value is inside, each from the probes at that end', async () => {
    const { grid, calls } = await grow(
      [false, false],
      [(log) => (log + 3) ** 2 + 1, (log) => (log - 1) ** 2 + 1],
    );
    const expected = [1e2, 1e1, 1, 1e-1, 1e-2, 1e-3, 1e-4];
    expect(grid).toEqual([expected, expected]);
    expect(calls[0]).toEqual({ l2: [1, 0.1], from: undefined });
    for (const { l2, from } of calls.slice(1)) {
      const near = l2[0]! > 1 ? l2[0]! / 10 : l2[0]! * 10;
      for (const start of from!) expect(start).toBeCloseTo(near, 10);
    }
  });

  it('trains once where the best value is inside', async () => {
    const { grid, calls } = await grow([false], [(log) => (log + 1) ** 2 + 1], [1, 0.1, 0.01]);
    expect(grid).toEqual([[1, 0.1, 0.01]]);
    expect(calls).toHaveLength(1);
  });

  it('stops where a further decade gains next to nothing, and at the bounds', async () => {
    const flat = await grow([false], [(log) => 1 + 1e-5 * log]);
    expect(flat.grid[0]).toEqual([1, 0.1]);
    const falling = await grow([false], [(log) => 100 + log]);
    expect(falling.grid[0]!.at(-1)).toBe(1e-8);
    const rising = await grow([false], [(log) => 100 - log]);
    expect(rising.grid[0]![0]).toBe(1e3);
  });

  it('leaves out a decade where a probe does not converge, and goes no further', async () => {
    const falling = [(log: number) => 100 + log, (log: number) => 100 - log];
    const { grid, calls } = await grow([false, false], falling, [1, 0.1], (at, l2) =>
      at === 0 ? l2 > 2e-4 : l2 < 50,
    );
    expect(grid[0]).toEqual([10, 1, 0.1, 0.01, 0.001]);
    expect(calls.map(({ l2 }) => l2[0])).toEqual([1, 0.01, 10, 0.001, 100, 1e-4]);
  });

  it('does not begin to grow from an end that did not converge', async () => {
    const { grid } = await grow([false], [(log) => 100 + log], [1, 0.1], (_, l2) => l2 > 0.5);
    expect(grid[0]).toEqual([1, 0.1]);
  });

  it('gives a control no say', async () => {
    const { grid } = await grow([false, true], [(log) => (log + 1) ** 2, (log) => 100 - log], [1, 0.1, 0.01]);
    expect(grid[1]).toEqual([1, 0.1, 0.01]);
  });
});
