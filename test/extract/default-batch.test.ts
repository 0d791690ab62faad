import { describe, expect, test } from 'vitest';
import { defaultBatch } from '../../src/extract/default-batch.js';

const RESNET = [{ shape: [224, 224, 3] }, { shape: [112, 112, 64] }, { shape: [1000] }];

describe('defaultBatch', () => {
  test('is 32 without a GPU', () => {
    expect(defaultBatch({ taps: RESNET })).toBe(32);
  });

  test('is the power of two whose largest activations, four at once, fill half of the GPU', () => {
    // 4 x 112 x 112 x 64 x 4 bytes = 12.8 MB an image
    expect(defaultBatch({ taps: RESNET, gpuBytes: 2 * 12_845_056 * 64 })).toBe(64);
    expect(defaultBatch({ taps: RESNET, gpuBytes: 2 * 12_845_056 * 63.9 })).toBe(32);
  });

  test('is from 1 to 512', () => {
    expect(defaultBatch({ taps: RESNET, gpuBytes: 1e6 })).toBe(1);
    expect(defaultBatch({ taps: RESNET, gpuBytes: 80e9 })).toBe(512);
    expect(defaultBatch({ taps: [], gpuBytes: 80e9 })).toBe(512);
  });
});
