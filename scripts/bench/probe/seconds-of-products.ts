import tf from '@tensorflow/tfjs';
import type { RowPasses } from '../../../src/probe/row-passes.js';

/**
 * The shortest seconds of a pass over the rows with so many classes: X W, the softmax, and X' R. And those of the two
 * products alone by TensorFlow, on arrays of the same shapes.
 */
export async function secondsOfProducts(
  passes: RowPasses,
  { products, repetitions }: { readonly products: number; readonly repetitions: number },
): Promise<{ pass: number; tensorflow: number }> {
  const { rows, features } = passes;
  const labels = Int32Array.from({ length: rows }, (_, at) => at % products);
  const weights = new Float32Array((features + 1) * products).map((_, at) => 1e-3 * Math.sin(at));
  const problems = [{ classes: products, labels, curvature: false }];
  const pass = await shortest(repetitions, () => passes.accumulate({ weights, problems }));
  const x = tf.randomNormal<tf.Rank.R2>([rows, features]);
  const w = tf.randomNormal<tf.Rank.R2>([features, products]);
  const r = tf.randomNormal<tf.Rank.R2>([rows, products]);
  const tensorflow = await shortest(repetitions, async () => {
    const made = [tf.matMul(x, w), tf.matMul(x, r, true, false)];
    // The last one is small: to read it is to wait for it.
    made[1]!.dataSync();
    tf.dispose(made);
  });
  tf.dispose([x, w, r]);
  return { pass, tensorflow };
}

async function shortest(repetitions: number, work: () => Promise<unknown>): Promise<number> {
  await work();
  let seconds = Number.POSITIVE_INFINITY;
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const started = performance.now();
    await work();
    seconds = Math.min(seconds, (performance.now() - started) / 1000);
  }
  return seconds;
}
