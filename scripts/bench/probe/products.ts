import { digits, type Section, skipped } from '../section.js';
import { makeProbePeers, startProbePeer, startStrata } from './probe-peers.js';
import { makeProblem, PROBLEMS } from './problems.js';

const TITLE = 'Probing: a pass over the rows, beside the two matrix products of its shape';
const CLASSES = [10, 32, 128, 1000];

/** The matrix products of training as a part of what the machine does at that shape. */
export async function benchProducts(): Promise<Section> {
  const problem = await makeProbePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const made = { ...(await makeProblem(PROBLEMS.relu)), labels: 'digit' };
  const strata = await startStrata(made);
  const float32 = await startStrata(made, 'float32');
  const numpy = await startProbePeer('matmul', made);
  const { rows: count, features } = PROBLEMS.relu;
  const rows: string[][] = [];
  try {
    for (const products of CLASSES) {
      const command = { products, repetitions: products > 500 ? 3 : 7 };
      const { pass, tensorflow } = await strata.ask<{ pass: number; tensorflow: number }>(command);
      const plain = await float32.ask<{ pass: number }>(command);
      const { seconds } = await numpy.ask<{ seconds: number }>(command);
      const rate = (own: number) => digits((4 * count * features * products) / own / 1e9);
      const best = Math.min(tensorflow, seconds);
      rows.push([
        ...[String(products), rate(pass), rate(plain.pass), rate(tensorflow), rate(seconds)],
        ...[digits(best / pass), digits(best / plain.pass)],
      ]);
    }
  } finally {
    for (const peer of [strata, float32, numpy]) peer.stop();
  }
  return {
    title: TITLE,
    header: [
      ...['classes', 'strata', 'strata, float32', 'TensorFlow', `numpy ${numpy.version}`],
      ...['ratio', 'ratio, float32'],
    ],
    rows,
    notes: [
      `GFLOP/s of 4 x ${count} x ${features} x classes, two threads; the shortest of 3 to 7 repetitions, one after the other.`,
      "strata: a whole pass, which standardises the features as they are stored, multiplies, takes softmax and loss, and multiplies back; the others: X W and X' R alone.",
      'Ratio: part of the rate of the faster of the two. strata takes tile units (AMX, bfloat16x3) from 32 columns on where there are any; float32: without them.',
    ],
  };
}
