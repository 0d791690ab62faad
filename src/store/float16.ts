// IEEE 754 half precision: 1 sign bit, 5 exponent bits (bias 15), 10 mantissa bits. The largest finite value
// is 65504; 65520 and beyond round to infinity, and 2^-25 and below to zero.

/** The smallest magnitude that rounds to infinity. */
const OVERFLOW = 65520;

const INFINITY_32 = 0x7f800000;
const OVERFLOW_32 = 0x477ff000;
const SMALLEST_NORMAL_32 = 0x38800000;
const HALF_OF_SMALLEST_32 = 0x33000000;

/** The nearest half of each value, ties to even, as bits. Too large values become infinite; NaN stays NaN. */
export function toFloat16(
  values: Float32Array,
  into: Uint16Array = new Uint16Array(values.length),
): Uint16Array {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length);
  for (let index = 0; index < words.length; index++) into[index] = halfOf(words[index]!);
  return into;
}

function halfOf(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude >= OVERFLOW_32) return sign | (magnitude > INFINITY_32 ? nanOf(magnitude) : 0x7c00);
  if (magnitude < SMALLEST_NORMAL_32) return sign | subnormalOf(magnitude);
  // Changes the exponent's bias from 127 to 15, then drops 13 mantissa bits; a carry goes into the exponent.
  const rebiased = magnitude - 0x38000000;
  return sign | ((rebiased + 0xfff + ((rebiased >>> 13) & 1)) >>> 13);
}

function nanOf(magnitude: number): number {
  // A payload in the bits that are dropped must not leave an infinity.
  return 0x7c00 | ((magnitude >>> 13) & 0x3ff || 0x200);
}

function subnormalOf(magnitude: number): number {
  if (magnitude <= HALF_OF_SMALLEST_32) return 0;
  const mantissa = (magnitude & 0x7fffff) | 0x800000;
  const shift = 126 - (magnitude >>> 23);
  const half = 1 << (shift - 1);
  return (mantissa + half - 1 + ((mantissa >>> shift) & 1)) >>> shift;
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

/** The index of the first finite value that no finite half is near to; -1 when there is none. */
export function findFloat16Overflow(values: Float32Array): number {
  for (let index = 0; index < values.length; index++) {
    const magnitude = Math.abs(values[index]!);
    if (magnitude >= OVERFLOW && magnitude !== Number.POSITIVE_INFINITY) return index;
  }
  return -1;
}
