import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { hasBfloat16, requireBfloat16 } from '../../src/forward/bfloat16.js';
import { largestDeviation } from '../../src/forward/deviation.js';
import { EagerForward } from '../../src/forward/eager-forward.js';
import { prepareForward } from '../../src/forward/prepare-forward.js';
import { bfloat16Bits } from '../../src/forward/to-bfloat16.js';
import { saveLayers } from '../model/save-model.js';
import { foldableModel } from '../model/tiny-models.js';
import { featuresOf, requestFor } from './requests.js';

/** The value of a bfloat16. */
function valueOfBits(bits: number): number {
  return new Float32Array(Uint32Array.of(bits << 16).buffer)[0]!;
}

describe('bfloat16Bits', () => {
  test('gives the nearest bfloat16, and of two equally near ones the even one', () => {
    const float32 = fc.float({
      noNaN: true,
      noDefaultInfinity: true,
      max: Math.fround(1e38),
      min: -Math.fround(1e38),
    });
    fc.assert(
      fc.property(float32, (value) => {
        const [bits] = bfloat16Bits(Float32Array.of(value));
        const error = Math.abs(valueOfBits(bits!) - value);
        for (const other of [bits! - 1, bits! + 1]) {
          const distance = Math.abs(valueOfBits(other) - value);
          if (Number.isNaN(distance)) continue;
          expect(distance).toBeGreaterThanOrEqual(error);
          if (distance === error && other !== bits) expect(bits! % 2).toBe(0);
        }
      }),
    );
  });

  test('keeps infinities, and NaN whatever its payload', () => {
    const nan = new Float32Array(Uint32Array.of(0x7f800001).buffer)[0]!;
    const [infinity, quiet] = bfloat16Bits(Float32Array.of(Number.NEGATIVE_INFINITY, nan));
    expect(valueOfBits(infinity!)).toBe(Number.NEGATIVE_INFINITY);
    expect(valueOfBits(quiet!)).toBeNaN();
  });
});

describe('a network in bfloat16', () => {
  beforeAll(async () => {
    await loadBackend('tensorflow');
  });

  test('emulated, differs from float32 by about 2^-8 of a feature, and does differ', async () => {
    const request = await requestFor(await saveLayers(foldableModel()), {
      change: { compute: 'emulated-bfloat16' },
    });
    const expected = await featuresOf(request, new EagerForward(request));
    const found = await featuresOf(request, (await prepareForward(request)).open());
    for (const column of ['stem_relu flatten', 'relu6 flatten', 'add_1 flatten']) {
      const deviation = largestDeviation(
        expected.get(column) as Float32Array,
        found.get(column) as Float32Array,
      );
      expect(deviation, column).toBeLessThan(0.03);
      expect(deviation, column).toBeGreaterThan(1e-4);
    }
  });
});

describe('a network in bfloat16 on a processor that has it', async () => {
  const isHere = hasBfloat16(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));

  test.skipIf(!isHere)('has the numbers of the emulated one, but for the order of additions', async () => {
    const request = await requestFor(await saveLayers(foldableModel()), { change: { compute: 'bfloat16' } });
    const found = await featuresOf(request, (await prepareForward(request)).open());
    const emulated = { ...request, compute: 'emulated-bfloat16' as const };
    const expected = await featuresOf(emulated, (await prepareForward(emulated)).open());
    for (const [column, values] of expected) {
      const deviation = largestDeviation(values as Float32Array, found.get(column) as Float32Array);
      expect(deviation, column).toBeLessThan(2 ** -7);
    }
  });

  test.skipIf(!isHere)('gives every tap the same bytes whatever else is tapped', async () => {
    const path = await saveLayers(foldableModel());
    const change = { compute: 'bfloat16' } as const;
    const all = await requestFor(path, { change });
    const expected = await featuresOf(all, (await prepareForward(all)).open());
    for (const tap of ['stem_relu', 'relu6', 'add_1']) {
      const one = await requestFor(path, { taps: [tap], change });
      const found = await featuresOf(one, (await prepareForward(one)).open());
      expect(found.get(`${tap} flatten`), tap).toEqual(expected.get(`${tap} flatten`));
    }
  });
});

describe('the processor', () => {
  const cpuinfo = (flags: string) => `processor\t: 0\nmodel name\t: X\nflags\t\t: fpu ${flags} avx2\n`;

  test.each([
    ['avx512_bf16', true],
    ['amx_bf16 amx_tile', true],
    ['avx512f avx512_vnni', false],
    ['xavx512_bf16', false],
  ])('with %s has bfloat16: %s', (flags, expected) => {
    expect(hasBfloat16(cpuinfo(flags))).toBe(expected);
  });

  test('without a list of flags has none', () => {
    expect(hasBfloat16('')).toBe(false);
  });

  test('is not asked of a GPU, and not enough without the kernels of oneDNN', async () => {
    await expect(requireBfloat16('gpu')).resolves.toBeUndefined();
    await expect(requireBfloat16('eigen')).rejects.toThrow(/^bfloat16 needs the kernels of oneDNN: .*=0 /);
  });

  test('is named where it has none', async () => {
    if (hasBfloat16(await readFile('/proc/cpuinfo', 'utf8')))
      await expect(requireBfloat16('onednn')).resolves.toBeUndefined();
    else
      await expect(requireBfloat16('onednn')).rejects.toThrow(
        /^the processor has no bfloat16 instructions: .*--compute float32/,
      );
  });
});
