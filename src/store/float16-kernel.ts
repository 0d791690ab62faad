// Four floats at a time, as WebAssembly's 128-bit vectors; the module is put together from the formulas below, once.
//
// A half's last place at exponent e is worth 2^(e - 10), and never less than 2^-24. Adding magic = 2^13 * 2^max(e, -14)
// to |x| makes the adder itself round |x| to that place, ties to even; what the sum's bits are above magic's is the
// half's mantissa, with the hidden bit, and the exponent is put beneath it. Magnitudes are cut to 65536, which gives
// infinity.

type Code = readonly number[];

const [I32, V128, BLOCK] = [0x7f, 0x7b, 0x40];
const PAGE_BYTES = 2 ** 16;

/** The floats that {@link Kernel} takes at once. */
export const FLOATS_AT_ONCE = PAGE_BYTES / 4;

/** The halves that {@link Kernel} takes at once. */
export const HALVES_AT_ONCE = PAGE_BYTES / 2;

const unsigned = (value: number): Code =>
  value < 0x80 ? [value] : [(value & 0x7f) | 0x80, ...unsigned(value >>> 7)];
const signed = (value: number): Code =>
  value >= -64 && value < 64 ? [value & 0x7f] : [(value & 0x7f) | 0x80, ...signed(value >> 7)];
const sized = (bytes: Code): Code => [...unsigned(bytes.length), ...bytes];
const listed = (items: readonly Code[]): Code => [...unsigned(items.length), ...items.flat()];
const section = (id: number, items: readonly Code[]): Code => [id, ...sized(listed(items))];
const named = (name: string): Code => sized([...Buffer.from(name)]);

const simd = (operation: number): Code => [0xfd, ...unsigned(operation)];
const binary =
  (operation: number) =>
  (a: Code, b: Code): Code => [...a, ...b, ...simd(operation)];

const get = (local: number): Code => [0x20, local];
const set = (local: number, value: Code): Code => [...value, 0x21, local];
const int = (value: number): Code => [0x41, ...signed(value)];
const intAdd = (a: Code, b: Code): Code => [...a, ...b, 0x6a];
const intHalf = (a: Code): Code => [...a, ...int(1), 0x76];

const words = (value: number): Code => [
  ...simd(0x0c),
  ...new Uint8Array(Int32Array.of(value, value, value, value).buffer),
];
const load = (address: Code, offset: number): Code => [...address, ...simd(0x00), 4, ...unsigned(offset)];
const store = (address: Code, offset: number, value: Code): Code => [
  ...address,
  ...value,
  ...simd(0x0b),
  4,
  ...unsigned(offset),
];
const shiftRight = (a: Code, bits: number): Code => [...a, ...int(bits), ...simd(0xad)];
const choose = (mask: Code, a: Code, b: Code): Code => [...a, ...b, ...mask, ...simd(0x52)];
const anyTrue = (a: Code): Code => [...a, ...simd(0x53)];
const [and, or, add, subtract] = [binary(0x4e), binary(0x50), binary(0xae), binary(0xb1)];
const [least, most, greater, equal] = [binary(0xb6), binary(0xb8), binary(0x3b), binary(0x37)];
const [addFloats, equalHalves, packWords] = [binary(0xe4), binary(0x2d), binary(0x86)];

// The locals of both functions: the parameter, an address, and vectors.
const [END, AT, FOUND, WORD, MAGNITUDE, CUT, POWER, MAGIC, FIRST, PACKED] = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const VECTORS = 8;

const [INFINITE, SMALLEST_NORMAL, BEYOND] = [0x7f800000, 0x38800000, 0x47800000];

/** Sets WORD and the rest from the four floats at `offset`; the value is their halves, each in 32 bits. */
function halvesOf(offset: number): { before: Code; value: Code } {
  const payload = and(shiftRight(get(MAGNITUDE), 13), words(0x3ff));
  // A payload in the bits that are dropped must not leave an infinity.
  const nan = or(words(0x7c00), or(payload, and(equal(payload, words(0)), words(0x200))));
  const mantissa = subtract(addFloats(get(CUT), get(MAGIC)), get(MAGIC));
  const number = add(mantissa, shiftRight(subtract(get(POWER), words(SMALLEST_NORMAL)), 13));
  const sign = and(shiftRight(get(WORD), 16), words(0x8000));
  return {
    before: [
      ...set(WORD, load(get(AT), offset)),
      ...set(MAGNITUDE, and(get(WORD), words(0x7fffffff))),
      ...set(CUT, least(get(MAGNITUDE), words(BEYOND))),
      ...set(POWER, most(and(get(CUT), words(INFINITE)), words(SMALLEST_NORMAL))),
      ...set(MAGIC, add(get(POWER), words(13 << 23))),
    ],
    value: or(sign, choose(greater(get(MAGNITUDE), words(INFINITE)), nan, number)),
  };
}

/** Sets FOUND where a half of `value` is infinite. */
function findInfinite(value: Code): Code {
  const infinite = equalHalves(and(value, words(0x7fff7fff)), words(0x7c007c00));
  return set(FOUND, or(get(FOUND), infinite));
}

/** A function of an end: does `step` at 0, `bytes`, ... until there; returns whether FOUND was set. */
function loopOf(bytes: number, step: Code): Code {
  const next = [...set(AT, intAdd(get(AT), int(bytes))), ...get(AT), ...get(END), 0x49, 0x0d, 0];
  const locals = listed([
    [1, I32],
    [VECTORS, V128],
  ]);
  return sized([...locals, 0x03, BLOCK, ...step, ...next, 0x0b, ...anyTrue(get(FOUND)), 0x0b]);
}

function convertStep(): Code {
  const [low, high] = [halvesOf(0), halvesOf(16)];
  return [
    ...low.before,
    ...set(FIRST, low.value),
    ...high.before,
    ...set(PACKED, packWords(get(FIRST), high.value)),
    ...findInfinite(get(PACKED)),
    ...store(intHalf(get(AT)), PAGE_BYTES, get(PACKED)),
  ];
}

function moduleBytes(): Uint8Array {
  const type = [0x60, ...listed([[I32]]), ...listed([[I32]])];
  return Uint8Array.from([
    ...Buffer.from('\0asm'),
    ...[1, 0, 0, 0],
    ...section(1, [type]),
    ...section(3, [[0], [0]]),
    ...section(5, [[0, 2]]),
    ...section(7, [
      [...named('memory'), 2, 0],
      [...named('convert'), 0, 0],
      [...named('search'), 0, 1],
    ]),
    ...section(10, [loopOf(32, convertStep()), loopOf(16, findInfinite(load(get(AT), 0)))]),
  ]);
}

/** The compiled functions and the memory that they work in, of two pages. */
export interface Kernel {
  /** Where `convert` takes floats from, and where `search` takes halves from: the same bytes. */
  readonly floats: Float32Array;
  readonly given: Uint16Array;
  /** Where `convert` puts halves. */
  readonly halves: Uint16Array;
  /** Converts the floats in the first `bytes` bytes, a multiple of 32 and not 0; nonzero when a half is infinite. */
  readonly convert: (bytes: number) => number;
  /** Nonzero when a half in the first `bytes` bytes, a multiple of 16 and not 0, is infinite. */
  readonly search: (bytes: number) => number;
}

/** Compiles the kernel. */
export function compileKernel(): Kernel {
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(moduleBytes()));
  const { buffer } = exports.memory as WebAssembly.Memory;
  return {
    floats: new Float32Array(buffer, 0, FLOATS_AT_ONCE),
    given: new Uint16Array(buffer, 0, HALVES_AT_ONCE),
    halves: new Uint16Array(buffer, PAGE_BYTES, FLOATS_AT_ONCE),
    convert: exports.convert as Kernel['convert'],
    search: exports.search as Kernel['search'],
  };
}
