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
