import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cutCurve } from '../../src/report/cut-curve.js';
import type { Point } from '../../src/report/svg-element.js';

function point(x: number, y: number): Point {
  return { x, y };
}

/** A point of a cubic by Bernstein's polynomials: not how the code finds it. */
function at(curve: readonly Point[], part: number): Point {
  const weights = [(1 - part) ** 3, 3 * (1 - part) ** 2 * part, 3 * (1 - part) * part ** 2, part ** 3];
  const sum = (of: (point: Point) => number) =>
    weights.reduce((total, weight, index) => total + weight * of(curve[index]!), 0);
  return point(
    sum(({ x }) => x),
    sum(({ y }) => y),
  );
}

const S = [point(0, 0), point(0, 40), point(30, 60), point(30, 100)];

describe('cutCurve', () => {
  it('leaves a curve whole that passes no height', () => {
    expect(cutCurve(S, [-5, 0, 100, 200])).toEqual([S]);
  });

  it('cuts where the curve passes, once for each height, so that the pieces are the curve', () => {
    const pieces = cutCurve(S, [30, 50, 80]);
    expect(pieces).toHaveLength(4);
    expect(pieces.map((piece) => piece.at(-1)!.y)).toEqual(
      [30, 50, 80, 100].map((y) => expect.closeTo(y, 6)),
    );
    for (const [index, piece] of pieces.slice(1).entries()) expect(piece[0]).toEqual(pieces[index]!.at(-1));
    // The curve is symmetric: half way down it is half way across.
    expect(pieces[1]!.at(-1)!.x).toBeCloseTo(15, 6);
  });

  it('gives pieces whose points all lie on the curve', () => {
    const whole = Array.from({ length: 2001 }, (_, step) => at(S, step / 2000));
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 99, noNaN: true }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (height, part) => {
          for (const piece of cutCurve(S, [height])) {
            const { x, y } = at(piece, part);
            expect(Math.min(...whole.map((each) => Math.hypot(each.x - x, each.y - y)))).toBeLessThan(0.05);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('cuts curves of several parts between them and inside them', () => {
    const two = [...S, point(30, 140), point(0, 160), point(0, 200)];
    const pieces = cutCurve(two, [50, 150]);
    expect(pieces.map(({ length }) => length)).toEqual([4, 7, 4]);
  });
});
