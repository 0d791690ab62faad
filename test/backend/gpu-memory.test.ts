import { describe, expect, test } from 'vitest';
import { freeGpuMemory, parseFreeMemory } from '../../src/backend/gpu-memory.js';

describe('the free memory of a GPU', () => {
  test('is read in MiB from the first line', () => {
    expect(parseFreeMemory('80543\n40000\n')).toBe(80543 * 2 ** 20);
  });

  test.each(['', 'No devices were found\n', '[N/A]\n', '0\n'])('is unknown for %j', (text) => {
    expect(parseFreeMemory(text)).toBeUndefined();
  });

  test('is unknown without nvidia-smi', async () => {
    expect(await freeGpuMemory('no-such-command')).toBeUndefined();
  });
});
