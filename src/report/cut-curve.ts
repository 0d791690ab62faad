import type { Point } from './svg-element.js';

type Cubic = readonly [Point, Point, Point, Point];

/**
 * Cuts a curve that goes downwards where it passes heights.
 *
 * @param curve - a start, then three points for each cubic Bézier curve.
 * @param heights - ascending.
 * @returns the pieces from above to below, one more than the heights between the curve's ends, in the form of `curve`.
 */
export function cutCurve(curve: readonly Point[], heights: readonly number[]): readonly (readonly Point[])[] {
  const pieces: Point[][] = [[curve[0]!]];
  const passed = heights.filter((height) => height > curve[0]!.y && height < curve.at(-1)!.y);
  for (let at = 0; at + 3 < curve.length; at += 3) {
    let rest: Cubic = [curve[at]!, curve[at + 1]!, curve[at + 2]!, curve[at + 3]!];
    for (let [height] = passed; height !== undefined && rest[3].y > height; [height] = passed) {
      const [above, below] = split(rest, partAbove(rest, height));
      pieces.at(-1)!.push(...above.slice(1));
      pieces.push([below[0]]);
      rest = below;
      passed.shift();
    }
    pieces.at(-1)!.push(...rest.slice(1));
  }
  return pieces;
}

/** De Casteljau's construction. */
function split(curve: Cubic, part: number): readonly [Cubic, Cubic] {
  const between = (a: Point, b: Point) => ({ x: a.x + part * (b.x - a.x), y: a.y + part * (b.y - a.y) });
  const [a, b, c, d] = curve;
  const [ab, bc, cd] = [between(a, b), between(b, c), between(c, d)];
  const [abc, bcd] = [between(ab, bc), between(bc, cd)];
  const middle = between(abc, bcd);
  return [
    [a, ab, abc, middle],
    [middle, bcd, cd, d],
  ];
}

/** Where the curve passes a height between its ends, in [0, 1], by bisection. */
function partAbove(curve: Cubic, height: number): number {
  let [low, high] = [0, 1];
  for (let step = 0; step < 40; step++) {
    const middle = (low + high) / 2;
    if (split(curve, middle)[0][3].y < height) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
