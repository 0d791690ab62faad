import tf from '@tensorflow/tfjs';
import { randomStream, shuffle } from '../../src/random.js';
import { augmentInto } from './augment.js';
import type { LoadedSplit } from './load-split.js';

/** How the network is trained: Adam, its rate rising in the first epoch and then falling in a line to zero. */
export interface Schedule {
  readonly epochs: number;
  readonly batch: number;
  readonly rate: number;
  readonly size: number;
  readonly classes: number;
  readonly seed: number;
}

/** What one epoch came to. */
export interface EpochRecord {
  readonly epoch: number;
  readonly trainLoss: number;
  readonly validError: number;
  readonly seconds: number;
}

/**
 * Trains a model in place and leaves it with the weights of the epoch whose error on `valid` was lowest (the later
 * one of equals). Seeded: the same schedule gives the same sequence of batches.
 */
export async function train(
  model: tf.LayersModel,
  { train: samples, valid }: { train: LoadedSplit; valid: LoadedSplit },
  { schedule, report }: { schedule: Schedule; report: (record: EpochRecord) => void },
): Promise<void> {
  const optimizer = tf.train.adam(schedule.rate);
  model.compile({ optimizer, loss: 'categoricalCrossentropy' });
  let best: { error: number; weights: tf.Tensor[] } = { error: Number.POSITIVE_INFINITY, weights: [] };
  for (let epoch = 0; epoch < schedule.epochs; epoch++) {
    const start = performance.now();
    const trainLoss = await trainEpoch(model, samples, { epoch, schedule, optimizer });
    const validError = errorOn(model, valid, schedule);
    report({ epoch: epoch + 1, trainLoss, validError, seconds: (performance.now() - start) / 1000 });
    if (validError > best.error) continue;
    tf.dispose(best.weights);
    best = { error: validError, weights: model.getWeights().map((weight) => weight.clone()) };
  }
  model.setWeights(best.weights);
  tf.dispose(best.weights);
  optimizer.dispose();
}

async function trainEpoch(
  model: tf.LayersModel,
  samples: LoadedSplit,
  { epoch, schedule, optimizer }: { epoch: number; schedule: Schedule; optimizer: tf.AdamOptimizer },
): Promise<number> {
  const random = randomStream(schedule.seed, 'epoch', epoch);
  const order = shuffle(
    Int32Array.from({ length: samples.samples }, (_, index) => index),
    random,
  );
  const steps = Math.floor(samples.samples / schedule.batch);
  let loss = 0;
  for (let step = 0; step < steps; step++) {
    setRate(optimizer, rateAt(epoch + step / steps, schedule));
    const rows = order.subarray(step * schedule.batch, (step + 1) * schedule.batch);
    const { images, targets } = makeBatch(samples, rows, { schedule, random });
    loss += (await model.trainOnBatch(images, targets)) as number;
    tf.dispose([images, targets]);
  }
  return loss / steps;
}

function rateAt(epoch: number, { epochs, rate }: Schedule): number {
  return rate * Math.min(epoch + 0.01, (epochs - epoch) / (epochs - 1));
}

function setRate(optimizer: tf.AdamOptimizer, rate: number): void {
  (optimizer as unknown as { learningRate: number }).learningRate = rate;
}

function makeBatch(
  samples: LoadedSplit,
  rows: Int32Array,
  { schedule, random }: { schedule: Schedule; random: ReturnType<typeof randomStream> },
): { images: tf.Tensor; targets: tf.Tensor } {
  const { size, classes } = schedule;
  const bytes = size * size * 3;
  const pixels = new Float32Array(rows.length * bytes);
  rows.forEach((row, at) => {
    const image = samples.pixels.subarray(row * bytes, (row + 1) * bytes);
    augmentInto(pixels.subarray(at * bytes, (at + 1) * bytes), image, { size, random });
  });
  const labels = Int32Array.from(rows, (row) => samples.labels[row] ?? 0);
  return {
    images: tf.tensor4d(pixels, [rows.length, size, size, 3]),
    targets: tf.tidy(() => tf.oneHot(tf.tensor1d(labels, 'int32'), classes)),
  };
}

/** The fraction of a split that the model gets wrong. */
export function errorOn(
  model: tf.LayersModel,
  { samples, pixels, labels }: LoadedSplit,
  { size, batch }: { size: number; batch: number },
): number {
  const bytes = size * size * 3;
  let wrong = 0;
  for (let from = 0; from < samples; from += batch) {
    const rows = Math.min(batch, samples - from);
    const predicted = tf.tidy(() => {
      const raw = tf.tensor4d(Float32Array.from(pixels.subarray(from * bytes, (from + rows) * bytes)), [
        rows,
        size,
        size,
        3,
      ]);
      const output = model.predict(raw.div(127.5).sub(1)) as tf.Tensor2D;
      return output.argMax(1).dataSync();
    });
    for (let row = 0; row < rows; row++) if (predicted[row] !== labels[from + row]) wrong++;
  }
  return wrong / samples;
}
