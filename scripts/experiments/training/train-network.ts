import tf from '@tensorflow/tfjs';
import type { Network } from '../networks/network.js';
import { type Minibatch, type MinibatchSource, minibatches } from './minibatches.js';
import { type Optimiser, startOptimiser } from './optimiser.js';

/** How a network is trained: part of what its checkpoints are. */
export interface Schedule {
  readonly optimiser: Optimiser;
  readonly batch: number;
  readonly steps: number;
  /** The learning rate at the first step; it falls in a line to `lastRate` at the last. */
  readonly rate: number;
  readonly lastRate: number;
  /** How much the loss of each head counts, the main head first. */
  readonly headWeights: readonly number[];
  /** The steps after which the weights are kept, increasing; 0 for the first weights. */
  readonly checkpoints: readonly number[];
}

/** The mean loss of the main head, in nats, over the steps since the last of these. */
export interface LossRecord {
  readonly step: number;
  readonly loss: number;
}

/** What a training calls, and how its data come. */
export interface TrainingWork {
  readonly schedule: Schedule;
  readonly source: MinibatchSource;
  readonly seed: number;
  /** Called at each checkpoint, when the weights are those of that step. */
  readonly onCheckpoint: (step: number) => Promise<void>;
  readonly onLoss?: (record: LossRecord) => void;
}

const LOSS_EVERY = 50;

/**
 * Trains a network in place on the mean cross entropy of each of its heads. Seeded: on one machine the same work gives
 * the same weights.
 *
 * @returns the loss at every 50th step.
 */
export async function trainNetwork(network: Network, work: TrainingWork): Promise<readonly LossRecord[]> {
  const { schedule, source, seed } = work;
  const { steps, checkpoints } = schedule;
  const optimiser = startOptimiser(schedule.optimiser);
  const batches = minibatches(source, seed, schedule.batch);
  const losses: LossRecord[] = [];
  let sum = 0;
  try {
    if (checkpoints.includes(0)) await work.onCheckpoint(0);
    for (let step = 1; step <= steps; step++) {
      sum += await trainStep(network, batches.next().value, {
        weights: schedule.headWeights,
        step: (loss) => optimiser.step(rateAt(step, schedule), loss),
      });
      if (step % LOSS_EVERY === 0) {
        losses.push({ step, loss: sum / LOSS_EVERY });
        work.onLoss?.({ step, loss: sum / LOSS_EVERY });
        sum = 0;
      }
      if (checkpoints.includes(step)) await work.onCheckpoint(step);
    }
  } finally {
    optimiser.dispose();
  }
  return losses;
}

/** The learning rate of a step, counted from 1. */
export function rateAt(step: number, { rate, lastRate, steps }: Schedule): number {
  return steps === 1 ? rate : rate + ((lastRate - rate) * (step - 1)) / (steps - 1);
}

/** One step; returns the loss of the main head. */
async function trainStep(
  { heads }: Network,
  { images, targets }: Minibatch,
  how: { weights: readonly number[]; step: (loss: () => tf.Scalar) => tf.Scalar },
): Promise<number> {
  let main: tf.Scalar | undefined;
  const total = how.step(() => {
    const outputs = heads.apply(images, { training: true }) as tf.Tensor | tf.Tensor[];
    const losses = [outputs].flat().map((logits) => crossEntropy(targets, logits as tf.Tensor2D));
    main = tf.keep(losses[0]!);
    const weighted = losses.map((loss, head) => loss.mul<tf.Scalar>(how.weights[head] ?? 1));
    return weighted.length === 1 ? weighted[0]! : (tf.addN(weighted) as tf.Scalar);
  });
  const [loss = Number.NaN] = await main!.data();
  tf.dispose([images, targets, total, main!]);
  return loss;
}

/** Mean cross entropy of softmax probabilities, in nats. */
function crossEntropy(targets: tf.Tensor2D, logits: tf.Tensor2D): tf.Scalar {
  return tf.losses.softmaxCrossEntropy(targets, logits) as tf.Scalar;
}
