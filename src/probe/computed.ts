import tf from '@tensorflow/tfjs';

/**
 * Computes a tensor, reads its values and frees it with everything made on the way.
 *
 * Values must not be handed out of a `tf.tidy`: it searches whatever it returns for tensors, and goes through an
 * array element by element, which takes longer than the computation.
 */
export function computed(compute: () => tf.Tensor): Float32Array {
  const tensor = tf.tidy(compute);
  try {
    return tensor.dataSync<'float32'>();
  } finally {
    tensor.dispose();
  }
}
