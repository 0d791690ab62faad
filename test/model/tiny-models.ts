import tf from '@tensorflow/tfjs';

const { layers } = tf;

type Maps = tf.SymbolicTensor;

function seeded(seed: number) {
  return tf.initializers.glorotNormal({ seed });
}

function conv(name: string, filters: number, seed: number): tf.layers.Layer {
  return layers.conv2d({ name, filters, kernelSize: 3, padding: 'same', kernelInitializer: seeded(seed) });
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

function normalised(maps: Maps, name: string, seed: number): Maps {
  const random = (at: number) => tf.initializers.randomUniform({ minval: 0.5, maxval: 1.5, seed: seed + at });
  return layers
    .batchNormalization({
      name,
      betaInitializer: tf.initializers.randomNormal({ seed }),
      gammaInitializer: random(1),
      movingMeanInitializer: tf.initializers.randomNormal({ seed: seed + 2 }),
      movingVarianceInitializer: random(3),
    })
    .apply(maps) as Maps;
}

/**
 * What compiles to fused kernels: convolutions with batch norm and without, depthwise ones, ReLU up to 6, padding, and
 * shortcuts around a projection and without one.
 */
export function foldableModel(): tf.LayersModel {
  const x = image();
  const padded = layers.zeroPadding2d({ padding: 1, name: 'pad' }).apply(x) as Maps;
  const convolved = layers
    .conv2d({
      name: 'stem',
      filters: 4,
      kernelSize: 3,
      strides: 2,
      useBias: false,
      kernelInitializer: seeded(1),
    })
    .apply(padded) as Maps;
  let h = layers
    .activation({ activation: 'relu', name: 'stem_relu' })
    .apply(normalised(convolved, 'stem_bn', 1)) as Maps;
  const project = conv('project', 6, 2).apply(h) as Maps;
  const branch = layers
    .depthwiseConv2d({ name: 'depthwise', kernelSize: 3, padding: 'same', depthwiseInitializer: seeded(3) })
    .apply(h) as Maps;
  h = layers.reLU({ maxValue: 6, name: 'relu6' }).apply(normalised(branch, 'depthwise_bn', 5)) as Maps;
  h = normalised(conv('expand', 6, 4).apply(h) as Maps, 'expand_bn', 9);
  h = layers.add({ name: 'add' }).apply([normalised(project, 'project_bn', 13), h]) as Maps;
  h = layers.activation({ activation: 'relu', name: 'out_relu' }).apply(h) as Maps;
  const last = normalised(conv('last', 6, 6).apply(h) as Maps, 'last_bn', 17);
  return tf.model({ inputs: x, outputs: layers.add({ name: 'add_1' }).apply([last, h]) as Maps });
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
