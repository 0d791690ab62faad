// Taps of the networks that `--taps paper` knows, built from the tables of their papers in the manners of two formats:
// `layers` as Keras has them in tfjs (activations may be inside a layer), `graph` as TensorFlow's and ONNX's ops.
import type { Tap, TapKind } from '../../src/model/model.js';

/** How a format names and splits things. */
export type Manner = 'layers' | 'graph';

const OPS: Readonly<Record<Manner, Partial<Record<TapKind, string>>>> = {
  layers: { convolution: 'Conv2D', activation: 'Activation', pooling: 'MaxPooling2D', dense: 'Dense' },
  graph: { convolution: 'Conv', activation: 'Relu', pooling: 'MaxPool', dense: 'Gemm' },
};

/** Builds a network tap by tap; names say nothing. */
class Builder {
  readonly taps: Tap[] = [];

  constructor(readonly manner: Manner) {
    this.add('input', [], [299, 299, 3]);
  }

  add(kind: TapKind, inputs: readonly Tap[], shape: readonly number[], op?: string): Tap {
    const depth = inputs.reduce((deepest, input) => Math.max(deepest, input.depth + 1), 0);
    const names = inputs.map(({ name }) => name);
    const tap: Tap = {
      ...{ name: `t${this.taps.length}`, kind, op: op ?? OPS[this.manner][kind] ?? 'op' },
      ...{ shape, depth, inputs: names },
    };
    this.taps.push(tap);
    return tap;
  }

  /** A convolution with its normalisation, without its activation. */
  bare(input: Tap, shape: readonly number[]): Tap {
    const layer = this.add('convolution', [input], shape);
    return this.manner === 'layers'
      ? this.add('normalisation', [layer], shape)
      : this.add('other', [layer], shape);
  }

  convolution(input: Tap, shape: readonly number[]): Tap {
    return this.add('activation', [this.bare(input, shape)], shape);
  }

  pool(input: Tap, shape: readonly number[]): Tap {
    return this.add('pooling', [input], shape);
  }

  sum(inputs: readonly Tap[], shape: readonly number[]): Tap {
    return this.add('merge', inputs, shape, this.manner === 'layers' ? 'Add' : 'AddV2');
  }

  join(inputs: readonly Tap[], shape: readonly number[]): Tap {
    return this.add('merge', inputs, shape, this.manner === 'layers' ? 'Concatenate' : 'Concat');
  }

  dense(input: Tap, features: number): Tap {
    return this.add('dense', [input], [features]);
  }

  /** In depth order, as a model lists them. */
  done(): readonly Tap[] {
    return [...this.taps].sort((a, b) => a.depth - b.depth);
  }
}

/** ResNet with bottleneck blocks; `blocks` by stage. */
export function resNet(manner: Manner, blocks: readonly number[]): readonly Tap[] {
  const net = new Builder(manner);
  let at = net.pool(net.convolution(net.taps[0]!, [112, 112, 64]), [56, 56, 64]);
  for (const [stage, count] of blocks.entries()) {
    const [side, width] = [56 / 2 ** stage, 64 * 2 ** stage];
    const shape = [side, side, 4 * width];
    for (let block = 0; block < count; block++) {
      const inner = net.convolution(net.convolution(at, [side, side, width]), [side, side, width]);
      const shortcut = block === 0 ? net.bare(at, shape) : at;
      at = net.add('activation', [net.sum([net.bare(inner, shape), shortcut], shape)], shape);
    }
  }
  net.dense(net.pool(at, [2048]), 1000);
  return net.done();
}

/** VGG; `convolutions` by block. In the manner of layers, activations are inside; in that of graphs a pooling fits the size. */
export function vgg(manner: Manner, convolutions: readonly number[]): readonly Tap[] {
  const net = new Builder(manner);
  const activated = (tap: Tap) => (manner === 'layers' ? tap : net.add('activation', [tap], tap.shape));
  let at = net.taps[0]!;
  for (const [block, count] of convolutions.entries()) {
    const [side, width] = [224 / 2 ** block, Math.min(512, 64 * 2 ** block)];
    for (let some = 0; some < count; some++)
      at = activated(net.add('convolution', [at], [side, side, width]));
    at = net.pool(at, [side / 2, side / 2, width]);
  }
  at = manner === 'layers' ? net.add('other', [at], [25088]) : net.pool(at, [7, 7, 512]);
  at = activated(net.dense(activated(net.dense(at, 4096)), 4096));
  net.dense(at, 1000);
  return net.done();
}

/** The widths of a branch's convolutions, one after the other, or a pooling among them. */
type Branch = readonly (number | 'pool')[];

function branchOf(net: Builder, from: Tap, side: number, steps: Branch): Tap {
  return steps.reduce<Tap>(
    (at, step) =>
      step === 'pool'
        ? net.pool(at, [side, side, at.shape.at(-1)!])
        : net.convolution(at, [side, side, step]),
    from,
  );
}

/** A module of branches that are joined; each of the first `split` ends in two convolutions that are joined before. */
function inceptionModule(net: Builder, from: Tap, side: number, branches: readonly Branch[], split = 0): Tap {
  const join = (parts: readonly Tap[]) =>
    net.join(parts, [side, side, parts.reduce((sum, { shape }) => sum + shape.at(-1)!, 0)]);
  const ends = branches.map((steps, at) => {
    const end = branchOf(net, from, side, steps);
    return at < split ? join([384, 384].map((width) => net.convolution(end, [side, side, width]))) : end;
  });
  return join(ends);
}

/** Inception v3 at 299 x 299 pixels (Szegedy et al. 2015), with its auxiliary head or without. */
export function inception(manner: Manner, head: 'auxiliary' | 'main'): readonly Tap[] {
  const net = new Builder(manner);
  let at = net.taps[0]!;
  for (const [side, width] of [
    [149, 32],
    [147, 32],
    [147, 64],
  ] as const)
    at = net.convolution(at, [side, side, width]);
  at = net.convolution(net.pool(at, [73, 73, 64]), [73, 73, 80]);
  at = net.pool(net.convolution(at, [71, 71, 192]), [35, 35, 192]);
  for (const width of [32, 64, 64])
    at = inceptionModule(net, at, 35, [[64], [48, 64], [64, 96, 96], ['pool', width]]);
  at = inceptionModule(net, at, 17, [[384], [64, 96, 96], ['pool']]);
  for (const c of [128, 160, 160, 192])
    at = inceptionModule(net, at, 17, [[192], [c, c, 192], [c, c, c, c, 192], ['pool', 192]]);
  if (head === 'auxiliary') {
    const pooled = net.pool(at, [5, 5, 768]);
    net.dense(net.convolution(net.convolution(pooled, [5, 5, 128]), [1, 1, 768]), 1000);
  }
  at = inceptionModule(net, at, 8, [[192, 320], [192, 192, 192, 192], ['pool']]);
  for (let block = 0; block < 2; block++)
    at = inceptionModule(net, at, 8, [[384], [448, 384], [320], ['pool', 192]], 2);
  net.dense(net.pool(at, [2048]), 1000);
  return net.done();
}
