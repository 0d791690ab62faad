import { spawnSync } from 'node:child_process';
import { availableParallelism } from 'node:os';
import { describe, expect, it } from 'vitest';
import { wasmThreads } from '../../src/backend/wasm-threads.js';

/** Computes a convolution and a product that XNNPACK shares out among threads, and prints what came of it. */
const PROGRAM = (threads: number) => `
import { createHash } from 'node:crypto';
import tf from '@tensorflow/tfjs';
import wasm from '@tensorflow/tfjs-backend-wasm';
import { threadedBackend } from './src/backend/wasm-threads.ts';
wasm.setThreadsCount(${threads});
const backend = await threadedBackend(wasm.BackendWasm, ${threads});
tf.removeBackend('wasm');
tf.registerBackend('wasm', () => backend);
await tf.setBackend('wasm');
const hash = createHash('sha256');
for (let time = 0; time < 3; time++) {
  const image = tf.randomNormal([2, 40, 40, 8], 0, 1, 'float32', 1);
  const filter = tf.randomNormal([3, 3, 8, 24], 0, 1, 'float32', 2);
  const rows = tf.conv2d(image, filter, 1, 'same').relu().reshape([-1, 96]);
  hash.update(rows.matMul(rows, true, false).dataSync());
}
console.log(wasm.getThreadsCount(), hash.digest('hex'));
`;

/** Runs the program to its end: a process that waits for its workers for ever is killed, and has no exit code. */
function run(threads: number): { threads: number; sha256: string; code: number | null } {
  const args = ['--import', 'tsx', '--input-type=module', '--eval', PROGRAM(threads)];
  const { stdout, status } = spawnSync(process.execPath, args, { encoding: 'utf8', timeout: 600_000 });
  const [count, sha256 = ''] = stdout.trim().split(' ');
  return { threads: Number(count), sha256, code: status };
}

describe('WebAssembly on threads', () => {
  it('gives the same bits on any number of threads, and lets the process end', () => {
    const alone = run(1);
    expect(alone).toEqual({ threads: 1, sha256: expect.stringMatching(/^[0-9a-f]{64}$/), code: 0 });
    expect(run(2)).toEqual({ ...alone, threads: 2 });
    expect(run(8)).toEqual({ ...alone, threads: 8 });
  });

  it('takes the cores that there are, and no more than the build has workers for', () => {
    expect([1, 2, 8, 64].map(wasmThreads)).toEqual([1, 2, 8, 8]);
    expect(wasmThreads(availableParallelism())).toBeGreaterThan(0);
  });
});
