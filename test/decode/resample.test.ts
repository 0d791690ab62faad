import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { nativeResample } from '../../src/backend/native-resample.js';
import { RESAMPLE_KERNELS, type ResampleKernel } from '../../src/decode/geometry.js';
import { resample } from '../../src/decode/resample.js';

interface Wanted {
  readonly width: number;
  readonly height: number;
  readonly channels: 1 | 3;
  readonly resized: { readonly width: number; readonly height: number };
  readonly kernel: ResampleKernel;
  readonly kept?: { left: number; top: number; width: number; height: number };
}

function imageOf({ width, height, channels }: Wanted): Uint8Array {
  return Uint8Array.from({ length: width * height * channels }, (_, at) => (at * 7919) % 251);
}

/** The part of an image that is wanted, by the native module or in JavaScript. */
async function resampled(
  wanted: Wanted,
  native: 'native' | 'javascript',
  data = imageOf(wanted),
): Promise<number[]> {
  const { width, height, channels, resized, kernel } = wanted;
  const kept = wanted.kept ?? { left: 0, top: 0, ...resized };
  const into = new Uint8Array(kept.width * kept.height * channels).fill(77);
  const request = { source: { data, width, height, channels }, resized, kept, kernel };
  await resample(request, into, native === 'native' ? nativeResample()! : null);
  return [...into];
}

/** What Pillow 13 makes of 5 x 4 pixels of 7919 i mod 251. */
const PILLOW: Readonly<Record<ResampleKernel, readonly (readonly number[])[]>> = {
  nearest: [
    [0, 138, 138, 25, 163, 163, 50, 125, 12, 12, 150, 37, 37, 175, 62, 200, 200, 87, 225, 225, 112],
    [0, 25, 50, 188, 213, 238, 188, 213, 238, 125, 150, 175, 125, 150, 175, 62, 87, 112],
    [150],
  ],
  bilinear: [
    [56, 92, 108, 81, 126, 128, 106, 157, 92, 83, 182, 101, 128, 207, 81, 117, 133, 106, 151, 153, 131],
    [59, 81, 98, 100, 119, 139, 129, 146, 168, 88, 105, 127, 99, 119, 138, 121, 143, 160],
    [120],
  ],
  bicubic: [
    [46, 96, 117, 75, 135, 134, 97, 173, 82, 67, 190, 85, 120, 224, 70, 120, 141, 99, 159, 158, 121],
    [52, 83, 93, 100, 121, 141, 137, 146, 178, 83, 93, 124, 96, 117, 137, 122, 153, 163],
    [120],
  ],
  lanczos: [
    [43, 102, 123, 76, 140, 141, 94, 188, 74, 62, 197, 79, 112, 239, 60, 119, 140, 93, 157, 158, 111],
    [44, 88, 85, 101, 124, 142, 143, 138, 184, 88, 83, 129, 92, 115, 133, 121, 165, 162],
    [120],
  ],
};

const SIZES = [
  { width: 7, height: 3 },
  { width: 3, height: 6 },
  { width: 1, height: 1 },
] as const;

const ways = nativeResample() === undefined ? (['javascript'] as const) : (['native', 'javascript'] as const);

describe.each(ways)('resample (%s)', (native) => {
  test('gives the very bytes of Pillow, one axis enlarged and the other shrunk too', async () => {
    for (const kernel of RESAMPLE_KERNELS)
      for (const [at, resized] of SIZES.entries())
        expect(await resampled({ width: 5, height: 4, channels: 1, resized, kernel }, native)).toEqual(
          PILLOW[kernel][at],
        );
  });

  test('enlarges about the middle of each pixel', async () => {
    const wanted = {
      width: 2,
      height: 1,
      channels: 1,
      resized: { width: 4, height: 1 },
      kernel: 'bilinear',
    } as const;
    expect(await resampled(wanted, native, Uint8Array.of(0, 100))).toEqual([0, 25, 75, 100]);
    expect(await resampled({ ...wanted, kernel: 'nearest' }, native, Uint8Array.of(0, 100))).toEqual([
      0, 0, 100, 100,
    ]);
  });

  test('makes one pixel the colour of all', async () => {
    for (const kernel of RESAMPLE_KERNELS) {
      const wanted = {
        width: 1,
        height: 1,
        channels: 3,
        resized: { width: 3, height: 2 },
        kernel,
      } as const;
      expect(await resampled(wanted, native, Uint8Array.of(9, 80, 250))).toEqual(
        Array(6).fill([9, 80, 250]).flat(),
      );
    }
  });

  test('gives a part as it is in the whole', async () => {
    const wanted = {
      width: 9,
      height: 23,
      channels: 3,
      resized: { width: 13, height: 8 },
      kernel: 'bicubic',
    } as const;
    const whole = await resampled(wanted, native);
    const part = await resampled({ ...wanted, kept: { left: 4, top: 2, width: 5, height: 3 } }, native);
    const row = (y: number) => whole.slice((y * 13 + 4) * 3, (y * 13 + 9) * 3);
    expect(part).toEqual([2, 3, 4].flatMap(row));
  });
});

describe.skipIf(nativeResample() === undefined)('the native passes', () => {
  test('give the bytes of those in JavaScript at any size', async () => {
    const side = fc.integer({ min: 1, max: 70 });
    const sizes = fc.record({ width: side, height: side, toWidth: side, toHeight: side });
    await fc.assert(
      fc.asyncProperty(
        sizes,
        fc.constantFrom(1 as const, 3 as const),
        fc.constantFrom(...RESAMPLE_KERNELS),
        async ({ width, height, toWidth, toHeight }, channels, kernel) => {
          const wanted = {
            width,
            height,
            channels,
            resized: { width: toWidth, height: toHeight },
            kernel,
          } as const;
          expect(await resampled(wanted, 'native')).toEqual(await resampled(wanted, 'javascript'));
        },
      ),
      { numRuns: 100 },
    );
  });

  test('refuse tables that read outside of the image, and lengths that do not fit', () => {
    const { resample: native } = nativeResample()!;
    const pixels = new Uint8Array(4);
    const whole = Int32Array.of(1, 0, 1, 1 << 22, 1 << 22);
    const beyond = Int32Array.of(1, 0, 2, 1 << 22, 1 << 22);
    const call = (across: Int32Array, down: Int32Array, into: Uint8Array) => () =>
      void native(pixels, 2, 1, across, down, false, into);
    expect(call(beyond, whole, new Uint8Array(4))).toThrow(RangeError);
    expect(call(whole, beyond, new Uint8Array(4))).toThrow(RangeError);
    expect(call(whole, whole, new Uint8Array(3))).toThrow(RangeError);
    expect(call(whole.subarray(1), whole, new Uint8Array(4))).toThrow(RangeError);
  });
});
