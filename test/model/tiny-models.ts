import tf from '@tensorflow/tfjs';

const { layers } = tf;

type Maps = tf.SymbolicTensor;

function conv(name: string, filters: number, seed: number): tf.layers.Layer {
  const kernelInitializer = tf.initializers.glorotNormal({ seed });
  return layers.conv2d({ name, filters, kernelSize: 3, padding: 'same', kernelInitializer });
}

function image(size: number | null = 8): Maps {
  return tf.input({ shape: [size, size, 3], name: 'image' });
}

/** Two residual blocks, dropout and a softmax: add, add_1 and dense_softmax. */
export function residualModel(size: number | null = 8): tf.LayersModel {
  const x = image(size);
  let h = layers.batchNormalization({ name: 'bn' }).apply(conv('stem', 4, 1).apply(x)) as Maps;
  for (const [at, merge] of ['add', 'add_1'].entries()) {
    const branch = layers.reLU({ name: `relu_${at}` }).apply(conv(`conv_${at}`, 4, 2 + at).apply(h)) as Maps;
    h = layers.add({ name: merge }).apply([h, branch]) as Maps;
  }
  h = layers.dropout({ rate: 0.5, name: 'drop' }).apply(h) as Maps;
  h = layers.globalAveragePooling2d({ name: 'pool' } as never).apply(h) as Maps;
  const head = layers.dense({
    units: 5,
    activation: 'softmax',
    name: 'head',
    kernelInitializer: tf.initializers.glorotNormal({ seed: 9 }),
  });
  return tf.model({ inputs: x, outputs: head.apply(h) as Maps });
}

/** A model inside a model, inside a sequential one. */
export function nestedModel(): tf.LayersModel {
  const x = tf.input({ shape: [8, 8, 4], name: 'inner_image' });
  const inner = tf.model({
    name: 'inner',
    inputs: x,
    outputs: layers.add({ name: 'merge' }).apply([x, conv('twin', 4, 3).apply(x) as Maps]) as Maps,
  });
  const tail = tf.sequential({
    name: 'tail',
    layers: [
      layers.flatten({ inputShape: [8, 8, 4], name: 'flat' }),
      layers.dense({ units: 3, name: 'logits' }),
    ],
  });
  const first = conv('first', 4, 1);
  const outer = image();
  return tf.model({
    inputs: outer,
    outputs: tail.apply(inner.apply(first.apply(outer) as Maps) as Maps) as Maps,
  });
}

/** One convolution used three times. */
export function sharedModel(): tf.LayersModel {
  const x = tf.input({ shape: [6, 6, 3], name: 'image' });
  const shared = conv('shared', 3, 4);
  const once = shared.apply(x) as Maps;
  const twice = shared.apply(once) as Maps;
  return tf.model({
    inputs: x,
    outputs: layers.concatenate({ name: 'joined' }).apply([once, twice, shared.apply(twice) as Maps]) as Maps,
  });
}

/** Branches of different lengths, and two outputs. */
export function branchedModel(): tf.LayersModel {
  const x = image();
  const long = conv('long_2', 2, 2).apply(conv('long_1', 2, 1).apply(x)) as Maps;
  const short = conv('short', 2, 3).apply(x) as Maps;
  const joined = layers.multiply({ name: 'product' }).apply([long, short]) as Maps;
  const pooled = layers.maxPooling2d({ poolSize: 2, name: 'halved' }).apply(joined) as Maps;
  return tf.model({ inputs: x, outputs: [pooled, short] });
}

/** A recurrent layer that returns its output and two states. */
export function manyOutputsModel(): tf.LayersModel {
  const x = tf.input({ shape: [4, 4, 3], name: 'image' });
  const rows = layers.reshape({ targetShape: [4, 12], name: 'rows' }).apply(x) as Maps;
  const outputs = layers.lstm({ units: 2, returnState: true, name: 'lstm' }).apply(rows) as Maps[];
  return tf.model({ inputs: x, outputs: layers.concatenate({ name: 'joined' }).apply(outputs) as Maps });
}

/** Images of noise, the same every time. */
export function noiseImages(shape: [number, number, number, number]): tf.Tensor4D {
  return tf.randomUniform<tf.Rank.R4>(shape, -1, 1, 'float32', 7);
}
