import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Geometry, RESAMPLE_KERNELS, RESIZE_RULES } from '../../src/decode/geometry.js';
import { resizePlan } from '../../src/decode/resize-plan.js';

const side = fc.integer({ min: 1, max: 3000 });
const size = fc.record({ width: side, height: side });
const geometries = fc.record({
  width: fc.integer({ min: 1, max: 512 }),
  height: fc.integer({ min: 1, max: 512 }),
  channels: fc.constantFrom(1, 3),
  resize: fc.constantFrom(...RESIZE_RULES),
  crop: fc.double({ min: 0.2, max: 1, noNaN: true }),
  kernel: fc.constantFrom(...RESAMPLE_KERNELS),
}) as fc.Arbitrary<Geometry>;

const square: Geometry = {
  width: 224,
  height: 224,
  channels: 3,
  resize: 'cover',
  crop: 1,
  kernel: 'bilinear',
};

describe('resizePlan', () => {
  test('cover brings the shortest side to size / crop and keeps the centre', () => {
    expect(resizePlan({ width: 500, height: 375 }, { ...square, crop: 0.875 })).toEqual({
      resized: { width: 341, height: 256 },
      kept: { width: 224, height: 224, left: 58, top: 16 },
      left: 0,
      top: 0,
    });
  });

  test('cover truncates the longer side and rounds the offset half to even, as torchvision does', () => {
    // 256 * 500 / 333 = 384.38; 256 * 499 / 300 = 425.8, truncated; (425 - 224) / 2 = 100.5.
    const at = (width: number, height: number) => resizePlan({ width, height }, { ...square, crop: 0.875 });
    expect(at(333, 500)).toMatchObject({ resized: { width: 256, height: 384 }, kept: { left: 16, top: 80 } });
    expect(at(300, 499)).toMatchObject({ resized: { width: 256, height: 425 }, kept: { top: 100 } });
    expect(at(499, 300)).toMatchObject({ resized: { width: 425, height: 256 }, kept: { left: 100 } });
    // (427 - 224) / 2 = 101.5 is 102.
    expect(at(427, 256)).toMatchObject({ resized: { width: 427, height: 256 }, kept: { left: 102 } });
  });

  test('the resized length is truncated, as in timm, unless the crop was made of two whole numbers', () => {
    const resized = (size: number, crop: number) =>
      resizePlan({ width: 500, height: 500 }, { ...square, width: size, height: size, crop }).resized.width;
    expect(resized(224, 0.9)).toBe(248);
    expect(resized(224, 0.95)).toBe(235);
    for (let whole = 1; whole <= 600; whole++)
      for (const size of [224, 299, 384]) if (size <= whole) expect(resized(size, size / whole)).toBe(whole);
  });

  test('cover of a model that is not square rounds both sides, as timm does', () => {
    const geometry = { ...square, width: 128, height: 256 };
    expect(resizePlan({ width: 100, height: 301 }, geometry).resized).toEqual({ width: 128, height: 385 });
    expect(resizePlan({ width: 300, height: 301 }, geometry).resized).toEqual({ width: 255, height: 256 });
  });

  test('a crop above 1 pads on both ends, less before than after, as torchvision does', () => {
    expect(resizePlan({ width: 402, height: 201 }, { ...square, crop: 224 / 201 })).toEqual({
      resized: { width: 402, height: 201 },
      kept: { width: 224, height: 201, left: 89, top: 0 },
      left: 0,
      top: 11,
    });
  });

  test('contain pads the short side on both ends', () => {
    expect(resizePlan({ width: 448, height: 100 }, { ...square, resize: 'contain' })).toEqual({
      resized: { width: 224, height: 50 },
      kept: { width: 224, height: 50, left: 0, top: 0 },
      left: 0,
      top: 87,
    });
  });

  test('stretch changes the aspect ratio, then crops', () => {
    expect(resizePlan({ width: 10, height: 1000 }, { ...square, resize: 'stretch', crop: 0.5 })).toEqual({
      resized: { width: 448, height: 448 },
      kept: { width: 224, height: 224, left: 112, top: 112 },
      left: 0,
      top: 0,
    });
  });

  test('leaves an image of the right size alone under every rule', () => {
    for (const resize of RESIZE_RULES)
      expect(resizePlan({ width: 224, height: 224 }, { ...square, resize })).toEqual({
        resized: { width: 224, height: 224 },
        kept: { width: 224, height: 224, left: 0, top: 0 },
        left: 0,
        top: 0,
      });
  });

  test('keeps a part that lies inside the resized image and inside the target', () => {
    fc.assert(
      fc.property(size, geometries, (source, geometry) => {
        const { resized, kept, left, top } = resizePlan(source, geometry);
        expect(kept.width).toBeGreaterThan(0);
        expect(kept.height).toBeGreaterThan(0);
        expect(kept.left).toBeGreaterThanOrEqual(0);
        expect(kept.top).toBeGreaterThanOrEqual(0);
        expect(kept.left + kept.width).toBeLessThanOrEqual(resized.width);
        expect(kept.top + kept.height).toBeLessThanOrEqual(resized.height);
        expect(left + kept.width).toBeLessThanOrEqual(geometry.width);
        expect(top + kept.height).toBeLessThanOrEqual(geometry.height);
        if (geometry.resize !== 'contain') {
          expect([kept.width, kept.height, left, top]).toEqual([geometry.width, geometry.height, 0, 0]);
        }
      }),
    );
  });
});
