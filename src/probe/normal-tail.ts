// P(|Z| >= z) of a standard normal Z, from the incomplete gamma function of order 1/2 (Abramowitz & Stegun 26.2.11 and
// 26.2.14): with phi(z) = exp(-z^2 / 2) / sqrt(2 pi),
//
//     small z     1 - 2 phi(z) (z + z^3 / 3 + z^5 / (3 * 5) + ...)
//     large z     2 phi(z) / (z + 1 / (z + 2 / (z + 3 / ...)))

/** Where the series and the fraction both have their full precision after a hundred terms. */
const BORDER = 2.5;
const TERMS = 100;

/** No float64 is as small as the tail beyond, and no deviate needs more digits. */
const FURTHEST = 40;
const PRECISION = 1e-12;

/** How often a standard normal variable is at least `z` from 0, in either direction; `z` from 0. */
export function normalTail(z: number): number {
  const density = Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);
  return z < BORDER ? 1 - 2 * density * series(z) : (2 * density) / fraction(z);
}

/** From how many deviations on a normal variable is as seldom as `tail`, in (0, 1], to either side: 1.96 for 0.05. */
export function normalDeviate(tail: number): number {
  let [low, high] = [0, FURTHEST];
  while (high - low > PRECISION) {
    const middle = (low + high) / 2;
    [low, high] = normalTail(middle) > tail ? [middle, high] : [low, middle];
  }
  return (low + high) / 2;
}

function series(z: number): number {
  let [sum, term] = [0, z];
  for (let at = 1; at <= TERMS; at++) {
    sum += term;
    term *= (z * z) / (2 * at + 1);
  }
  return sum;
}

function fraction(z: number): number {
  let value = z;
  for (let at = TERMS; at >= 1; at--) value = z + at / value;
  return value;
}
