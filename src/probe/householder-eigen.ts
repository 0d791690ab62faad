/**
 * Eigenvalues and eigenvectors of a symmetric matrix in float64, A = E' diag(lambda) E: Householder reflections bring A
 * to the tridiagonal T = Q' A Q, and the QL method with implicit shifts brings T to its diagonal (Golub and Van Loan,
 * Matrix Computations, 4th edition, 8.3). Eigenvectors are the rows of E, so that all inner loops run along rows.
 * About 3 n^3 multiplications for T and Q, and as many again for the rotations.
 */

/** The parts of a symmetric matrix: row k of `vectors`, (size, size), belongs to value k. In no order. */
export interface Eigen {
  readonly values: Float64Array;
  readonly vectors: Float64Array;
}

/** Shifts that one eigenvalue may take; two or three are usual. */
const MOST_SHIFTS = 60;

/**
 * Decomposes a symmetric matrix, (size, size), of which the lower triangle is read.
 *
 * @throws Error when a number is not finite.
 */
export function householderEigen(matrix: Float64Array, size: number): Eigen {
  if (!matrix.every(Number.isFinite)) throw new Error('a matrix with numbers that are not finite');
  const work = matrix.slice();
  const scales = reduce(work, size);
  const values = Float64Array.from({ length: size }, (_, at) => work[at * size + at]!);
  const beside = Float64Array.from({ length: size }, (_, at) =>
    at + 1 < size ? work[(at + 1) * size + at]! : 0,
  );
  const vectors = reflections(work, scales, size);
  for (let first = 0; first < size; first++) settle(first, { values, beside, vectors, size });
  return { values, vectors };
}

/**
 * Leaves T on the diagonal and below it; the reflection k, 1 - scale v v' with v at k + 1 ... size - 1, is kept in row k
 * above the diagonal. Returns the scales.
 */
function reduce(work: Float64Array, size: number): Float64Array {
  const scales = new Float64Array(size);
  const product = new Float64Array(size);
  for (let k = 0; k + 1 < size; k++) {
    const v = work.subarray(k * size, (k + 1) * size);
    for (let at = k + 1; at < size; at++) v[at] = work[at * size + k]!;
    const { scale, length } = reflector(v, k + 1);
    scales[k] = scale;
    work[(k + 1) * size + k] = length;
    if (scale !== 0) reflectBoth(work, { v, product, scale, from: k + 1, size });
  }
  return scales;
}

/** Turns x, from `from` on, into the v of 1 - scale v v', which maps x to (length, 0 ... 0). */
function reflector(x: Float64Array, from: number): { scale: number; length: number } {
  let rest = 0;
  for (let at = from + 1; at < x.length; at++) rest += x[at]! * x[at]!;
  const first = x[from]!;
  if (rest === 0) return { scale: 0, length: first };
  const norm = Math.sqrt(first * first + rest);
  const length = first > 0 ? -norm : norm;
  x[from] = first - length;
  return { scale: 2 / (x[from]! ** 2 + rest), length };
}

/** A -> (1 - scale v v') A (1 - scale v v'), the lower triangle from `from` on. */
function reflectBoth(
  work: Float64Array,
  options: { v: Float64Array; product: Float64Array; scale: number; from: number; size: number },
): void {
  const { v, product, scale, from, size } = options;
  product.fill(0);
  for (let row = from; row < size; row++) {
    const line = work.subarray(row * size, row * size + row);
    const factor = v[row]!;
    let sum = 0;
    for (let at = from; at < row; at++) {
      const value = line[at]!;
      sum += value * v[at]!;
      product[at]! += value * factor;
    }
    product[row]! += sum + work[row * size + row]! * factor;
  }
  let inner = 0;
  for (let at = from; at < size; at++) inner += product[at]! * v[at]!;
  const half = (scale * scale * inner) / 2;
  for (let at = from; at < size; at++) product[at] = scale * product[at]! - half * v[at]!;
  for (let row = from; row < size; row++) {
    const line = work.subarray(row * size, row * size + row + 1);
    const [own, other] = [v[row]!, product[row]!];
    for (let at = from; at <= row; at++) line[at]! -= own * product[at]! + other * v[at]!;
  }
}

/** Q', the product of the reflections. */
function reflections(work: Float64Array, scales: Float64Array, size: number): Float64Array {
  const turned = new Float64Array(size * size);
  for (let at = 0; at < size; at++) turned[at * size + at] = 1;
  for (let k = size - 2; k >= 0; k--) {
    const scale = scales[k]!;
    if (scale === 0) continue;
    const v = work.subarray(k * size, (k + 1) * size);
    for (let row = k + 1; row < size; row++) {
      const line = turned.subarray(row * size, (row + 1) * size);
      let sum = 0;
      for (let at = k + 1; at < size; at++) sum += line[at]! * v[at]!;
      sum *= scale;
      for (let at = k + 1; at < size; at++) line[at]! -= sum * v[at]!;
    }
  }
  return turned;
}

interface Tridiagonal {
  readonly values: Float64Array;
  /** The entries below the diagonal. */
  readonly beside: Float64Array;
  readonly vectors: Float64Array;
  readonly size: number;
}

/** Shifts and rotates until the value `first` stands alone. */
function settle(first: number, work: Tridiagonal): void {
  for (let shifts = 0; ; shifts++) {
    const last = blockEnd(first, work);
    if (last === first) return;
    if (shifts === MOST_SHIFTS) throw new Error('an eigenvalue did not converge');
    sweep(first, last, work);
  }
}

/** The last row of the block that begins at `first`: what lies beside it is below the rounding. */
function blockEnd(first: number, { values, beside, size }: Tridiagonal): number {
  for (let at = first; at + 1 < size; at++) {
    const near = Math.abs(values[at]!) + Math.abs(values[at + 1]!);
    if (Math.abs(beside[at]!) <= Number.EPSILON * near || Math.abs(beside[at]!) < 1e-300) return at;
  }
  return size - 1;
}

/** One QL step with Wilkinson's shift, from the block's last row up. */
function sweep(first: number, last: number, { values, beside, vectors, size }: Tridiagonal): void {
  const ahead = (values[first + 1]! - values[first]!) / (2 * beside[first]!);
  const root = Math.hypot(ahead, 1);
  let g = values[last]! - values[first]! + beside[first]! / (ahead + (ahead < 0 ? -root : root));
  let [sine, cosine, p] = [1, 1, 0];
  for (let at = last - 1; at >= first; at--) {
    const f = sine * beside[at]!;
    const b = cosine * beside[at]!;
    const r = Math.hypot(f, g);
    beside[at + 1] = r;
    if (r === 0) {
      values[at + 1]! -= p;
      beside[last] = 0;
      return;
    }
    sine = f / r;
    cosine = g / r;
    g = values[at + 1]! - p;
    const s = (values[at]! - g) * sine + 2 * cosine * b;
    p = sine * s;
    values[at + 1] = g + p;
    g = cosine * s - b;
    rotate(vectors, at * size, { size, sine, cosine });
  }
  values[first]! -= p;
  beside[first] = g;
  beside[last] = 0;
}

/** Rotates two rows that lie behind each other. */
function rotate(
  vectors: Float64Array,
  start: number,
  { size, sine, cosine }: { size: number; sine: number; cosine: number },
): void {
  const end = start + size;
  for (let at = start; at < end; at++) {
    const upper = vectors[at]!;
    const lower = vectors[at + size]!;
    vectors[at + size] = sine * upper + cosine * lower;
    vectors[at] = cosine * upper - sine * lower;
  }
}
