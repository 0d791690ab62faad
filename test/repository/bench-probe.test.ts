import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Curve, secondsTo } from '../../scripts/bench/probe/curve.js';
import { npyBytes, readNpy } from '../../scripts/bench/probe/npy.js';

describe('the seconds to a suboptimality', () => {
  const curve: Curve = [
    [1, 20],
    [2, 11],
    [4, 10.1],
  ];

  it('lie between the points around it, the logarithm falling evenly', () => {
    // 1e-1 at 2 s, 1e-2 at 4 s.
    expect(secondsTo(curve, 10, Math.sqrt(1e-1 * 1e-2))).toBeCloseTo(3, 6);
  });

  it('are those of the first point that is low enough, where that is the first of all or below the optimum', () => {
    expect(secondsTo(curve, 10, 2)).toBe(1);
    expect(secondsTo([...curve, [7, 10]], 10, 1e-3)).toBe(7);
  });

  it('count from the end of the last step that was too high, and from the lowest point so far', () => {
    const raised: Curve = [...curve.slice(0, 2), [3, 15], [4, 10.1]];
    expect(secondsTo(raised, 10, Math.sqrt(1e-1 * 1e-2))).toBeCloseTo(3.5, 6);
  });

  it('are infinite where it is never reached', () => {
    expect(secondsTo(curve, 10, 1e-3)).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('a .npy file', () => {
  it('is read as it was written', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'strata-npy-'));
    try {
      for (const [values, shape] of [
        [Float32Array.of(1.5, -2, 3, 4, 5, 6), [2, 3]],
        [Int32Array.of(7, 8, 9), [3]],
      ] as const) {
        await writeFile(join(folder, 'a.npy'), npyBytes(values, shape));
        expect(await readNpy(join(folder, 'a.npy'))).toEqual({ shape, values });
      }
    } finally {
      await rm(folder, { recursive: true });
    }
  });
});
