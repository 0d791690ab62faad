// P(|T| >= t) of Student's t with v degrees of freedom, from the incomplete beta function (Abramowitz & Stegun 26.7.1
// and 26.5.4): with a = v / 2, b = 1 / 2 and x = v / (v + t^2)
//
//     P(|T| >= t) = I_x(a, b),    I_x(a, b) = x^a (1 - x)^b / (a B(a, b)) sum_i (a + b)_i / (a + 1)_i x^i
//
// of positive terms, and I_x(a, b) = 1 - I_{1-x}(b, a) where x is so large that the other series is the shorter one.
// B(1/2, 1/2) = pi, B(1, 1/2) = 2 and B(a + 1, 1/2) = B(a, 1/2) a / (a + 1/2).

/** Terms below this part of the sum do not change it. */
const NEGLIGIBLE = 1e-17;

/** How often Student's t with so many degrees of freedom (a whole number from 1) is at least `t` from 0, either way. */
export function studentTail(t: number, freedom: number): number {
  const square = t * t;
  if (square === Number.POSITIVE_INFINITY) return 0;
  if (square === 0) return 1;
  const [a, b] = [freedom / 2, 0.5];
  const x = freedom / (freedom + square);
  const rest = square / (freedom + square);
  const beta = betaOfHalf(a);
  if (x < (a + 1) / (a + b + 2)) return betaSeries({ a, b, x, rest, beta });
  return 1 - betaSeries({ a: b, b: a, x: rest, rest: x, beta });
}

/** From how far on it is as seldom as `tail`, in (0, 1), to either side: 2.776 for 0.05 and 4 degrees of freedom. */
export function studentDeviate(tail: number, freedom: number): number {
  let [low, high] = [0, 1];
  while (studentTail(high, freedom) > tail) high *= 2;
  for (let middle = high / 2; low < middle && middle < high; middle = (low + high) / 2)
    [low, high] = studentTail(middle, freedom) > tail ? [middle, high] : [low, middle];
  return high;
}

/** B(a, 1/2), where 2 a is a whole number from 1. */
function betaOfHalf(a: number): number {
  const start = Number.isInteger(a) ? 1 : 0.5;
  let beta = start === 1 ? 2 : Math.PI;
  for (let at = start; at < a; at++) beta *= at / (at + 0.5);
  return beta;
}

/** I_x(a, b); `rest` is 1 - x, with its own digits. */
function betaSeries(of: { a: number; b: number; x: number; rest: number; beta: number }): number {
  const { a, b, x, rest, beta } = of;
  let [sum, term] = [0, 1];
  for (let at = 0; term > NEGLIGIBLE * sum; at++) {
    sum += term;
    term *= ((a + b + at) / (a + 1 + at)) * x;
  }
  return (Math.exp(a * Math.log(x) + b * Math.log(rest)) / (a * beta)) * sum;
}
