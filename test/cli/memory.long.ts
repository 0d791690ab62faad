import type { ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { openCache } from '../../src/read/cache.js';
import { saveLayers } from '../model/save-model.js';
import { type Ended, ended, startStrata, temporaryFolder } from './run-strata.js';

/** What either stage may take, everything included: a third of the features of the one column. */
const CAP = 1e9;

const [SAMPLES, SIDE, FILTERS, CLASSES] = [100_000, 28, 10, 10];
const FEATURE_BYTES = SAMPLES * SIDE * SIDE * FILTERS * 4;

/** Noise with a class in it, as MNIST-style files. */
async function writeIdx(folder: string): Promise<void> {
  const pixels = SIDE * SIDE;
  const images = Buffer.alloc(16 + SAMPLES * pixels);
  const labels = Buffer.alloc(8 + SAMPLES);
  for (const [at, value] of [0x803, SAMPLES, SIDE, SIDE].entries()) images.writeUInt32BE(value, 4 * at);
  for (const [at, value] of [0x801, SAMPLES].entries()) labels.writeUInt32BE(value, 4 * at);
  let noise = 1;
  for (let sample = 0; sample < SAMPLES; sample++) {
    labels[8 + sample] = sample % CLASSES;
    for (let at = 0; at < pixels; at++) {
      noise = (Math.imul(noise, 1664525) + 1013904223) >>> 0;
      images[16 + sample * pixels + at] = (noise >>> 25) + (at % CLASSES === sample % CLASSES ? 20 : 0);
    }
  }
  await writeFile(join(folder, 'train-images-idx3-ubyte'), images);
  await writeFile(join(folder, 'train-labels-idx1-ubyte'), labels);
}

/** One convolution, whose maps, flattened, are many times larger than the images. */
function wideModel(): Promise<string> {
  const kernelInitializer = tf.initializers.glorotNormal({ seed: 1 });
  const conv = { name: 'wide', filters: FILTERS, kernelSize: 3, padding: 'same', kernelInitializer } as const;
  return saveLayers(tf.sequential({ layers: [tf.layers.conv2d({ ...conv, inputShape: [SIDE, SIDE, 1] })] }));
}

/** Bytes that a process has had resident at most, or the last that was known of it. */
function peakOf({ pid }: ChildProcess, known: number): number {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? known : Number(kilobytes) * 1024;
  } catch {
    return known;
  }
}

async function measured(args: readonly string[]): Promise<Ended & { peak: number; seconds: number }> {
  const start = performance.now();
  const child = startStrata(args);
  let peak = 0;
  const timer = setInterval(() => {
    peak = peakOf(child, peak);
  }, 50);
  const end = await ended(child);
  clearInterval(timer);
  return { ...end, peak, seconds: (performance.now() - start) / 1000 };
}

function say(what: string, { peak, seconds }: { peak: number; seconds: number }): void {
  const [used, all] = [peak / 1e6, FEATURE_BYTES / 1e9].map((value) => value.toPrecision(3));
  process.stderr.write(
    `${what}: at most ${used} MB resident for ${all} GB of features, ${seconds.toFixed(0)} s\n`,
  );
}

describe.skipIf(!existsSync('/proc/self/status'))(
  'a column three times larger than the memory that is allowed',
  async () => {
    const folder = await temporaryFolder();
    const [cache, run] = [join(folder, 'cache'), join(folder, 'run')];
    let model: string;

    beforeAll(async () => {
      await writeIdx(folder);
      model = await wideModel();
    });

    it('is extracted', async () => {
      const source = ['--dataset', `idx:${folder}`, '--model', model, '--preprocess', 'tf'];
      const columns = ['--taps', 'wide', '--reduce', 'flatten', '--cache', cache];
      const end = await measured(['extract', ...source, ...columns]);
      expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
      say('extract', end);
      expect((await openCache(cache)).columns[0]?.bytes).toBeGreaterThan(3e9);
      expect(end.peak).toBeGreaterThan(1e8);
      expect(end.peak).toBeLessThan(CAP);
    });

    it('is probed, streaming', async () => {
      const limits = ['--memory', '256MB', '--l2', '0.1', '--max-passes', '10'];
      const end = await measured(['probe', '--cache', cache, '--out', run, ...limits, '--json']);
      expect([end.code, end.stderr]).toEqual([0, expect.any(String)]);
      say('probe', end);
      const { measurements } = JSON.parse(end.stdout) as { measurements: { test: { error: number } }[] };
      expect(measurements[0]?.test.error).toBeLessThan(0.5);
      expect(end.peak).toBeGreaterThan(1e8);
      expect(end.peak).toBeLessThan(CAP);
    });
  },
  900_000,
);
