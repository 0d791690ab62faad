import { compileKernel, FLOATS_AT_ONCE, HALVES_AT_ONCE, type Kernel } from './float16-kernel.js';

// IEEE 754 half precision: 1 sign bit, 5 exponent bits (bias 15), 10 mantissa bits. The largest finite value
// is 65504; 65520 and beyond round to infinity, and 2^-25 and below to zero.

const INFINITY_16 = 0x7c00;
const INFINITY_32 = 0x7f800000;

let kernel: Kernel | undefined;

/**
 * Puts the nearest half of each value, ties to even, into `into`, or copies halves as they are. Too large values
 * become infinite; NaN stays NaN.
 *
 * @returns the index of the first half that is infinite; -1 when there is none.
 */
export function toFloat16(values: Float32Array | Uint16Array, into: Uint16Array): number {
  kernel ??= compileKernel();
  const atOnce = values instanceof Float32Array ? FLOATS_AT_ONCE : HALVES_AT_ONCE;
  let first = -1;
  for (let start = 0; start < values.length; start += atOnce) {
    const block = values.subarray(start, start + atOnce);
    const halves = into.subarray(start, start + block.length);
    const suspect = putBlock(kernel, block, halves);
    if (!suspect || first !== -1) continue;
    const at = halves.findIndex((half) => (half & 0x7fff) === INFINITY_16);
    if (at !== -1) first = start + at;
  }
  return first;
}

/** Whether a half may be infinite: one of the block, or of what an earlier one left after it. */
function putBlock(kernel: Kernel, block: Float32Array | Uint16Array, into: Uint16Array): boolean {
  if (block instanceof Float32Array) {
    const suspect = kernel.convert(filled(kernel.floats, block)) !== 0;
    into.set(kernel.halves.subarray(0, block.length));
    return suspect;
  }
  into.set(block);
  return kernel.search(filled(kernel.given, block)) !== 0;
}

/** Copies a block to the start of `memory`. Returns its bytes, and those up to a multiple of 32, of an earlier block. */
function filled<Numbers extends Float32Array | Uint16Array>(memory: Numbers, block: Numbers): number {
  memory.set(block);
  return Math.ceil(block.byteLength / 32) * 32;
}

let wordOfHalf: Uint32Array | undefined;

/** The value of each half, exactly: every half is a float32. */
export function fromFloat16(bits: Uint16Array): Float32Array {
  wordOfHalf ??= Uint32Array.from({ length: 65536 }, (_, half) => wordOf(half));
  const values = new Float32Array(bits.length);
  const words = new Uint32Array(values.buffer);
  for (let index = 0; index < bits.length; index++) words[index] = wordOfHalf[bits[index]!]!;
  return values;
}

function wordOf(half: number): number {
  const sign = (half & 0x8000) << 16;
  const exponent = (half >>> 10) & 0x1f;
  const mantissa = half & 0x3ff;
  if (exponent === 31) return (sign | INFINITY_32 | (mantissa << 13)) >>> 0;
  if (exponent > 0) return (sign | ((exponent + 112) << 23) | (mantissa << 13)) >>> 0;
  const [word] = new Uint32Array(Float32Array.of(mantissa * 2 ** -24).buffer);
  return (sign | word!) >>> 0;
}
