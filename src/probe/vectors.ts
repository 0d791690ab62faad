/** Arithmetic on the solver's vectors, float64, by our own kernels where they are there and the vectors are long. */
import { nativeSoftmax, softmaxThreads } from '../backend/softmax.js';

/** Shorter vectors are done with before a call into native code has begun. */
const LEAST_NATIVE = 1024;

/** The inner product of two vectors. */
export function dot(left: Float64Array, right: Float64Array): number {
  const native = nativeFor(left);
  if (native !== undefined) return native.dot(softmaxThreads(), left, right);
  let sum = 0;
  for (let at = 0; at < left.length; at++) sum += left[at]! * right[at]!;
  return sum;
}

/** left + factor right: in a new vector, or in `to`, which may be one of them. */
export function addScaled(
  left: Float64Array,
  factor: number,
  right: Float64Array,
  to: Float64Array = new Float64Array(left.length),
): Float64Array {
  const native = nativeFor(left);
  if (native !== undefined) native.addScaled(softmaxThreads(), to, left, right, factor);
  else for (let at = 0; at < left.length; at++) to[at] = left[at]! + factor * right[at]!;
  return to;
}

function nativeFor(vector: Float64Array) {
  return vector.length < LEAST_NATIVE ? undefined : nativeSoftmax();
}
