import tf from '@tensorflow/tfjs';
import type { Preprocess } from './preprocess.js';

/** Preprocesses decoded images inside the tensor library: (batch, height, width, channels) in 0 ... 255, RGB or grey. */
export function preprocessTensor(pixels: tf.Tensor4D, preprocess: Preprocess): tf.Tensor4D {
  const { channelOrder, mean, scale } = preprocess;
  return tf.tidy(() => {
    const values = pixels.toFloat();
    const ordered = channelOrder === 'bgr' ? values.reverse<tf.Tensor4D>(3) : values;
    return ordered.sub(tf.tensor1d([...mean])).mul<tf.Tensor4D>(tf.tensor1d([...scale]));
  });
}
