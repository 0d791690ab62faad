import { describe, expect, it } from 'vitest';
import { InterruptedError } from '../../src/errors.js';
import { interruptible } from '../../src/probe/sweep.js';
import { arraySource } from './small-problem.js';

describe('interruptible', () => {
  it('stops reading between two blocks, as an interruption and not as a failure', async () => {
    const stop = new AbortController();
    let blocks = 0;
    const read = async () => {
      for await (const _ of interruptible(arraySource(new Float32Array(30), 2, 5), stop.signal).blocks()) {
        blocks += 1;
        if (blocks === 2) stop.abort();
      }
    };
    await expect(read()).rejects.toThrow(InterruptedError);
    expect(blocks).toBe(2);
  });
});
