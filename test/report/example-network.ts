import type { Topology } from '../../src/store/topology.js';

/** A topology in short: `a b:a c:a,b` has an input `a`, `b` computed from it and `c` from both. */
export function network(text: string): Topology {
  const depths = new Map<string, number>();
  const taps = text.split(' ').map((word) => {
    const [name = '', sources] = word.split(':');
    const inputs = sources === undefined ? [] : [...new Set(sources.split(','))];
    const depth = Math.max(-1, ...inputs.map((input) => depths.get(input)!)) + 1;
    depths.set(name, depth);
    const kind = inputs.length === 0 ? 'input' : inputs.length === 1 ? 'convolution' : 'merge';
    return {
      name,
      kind,
      op: { input: 'InputLayer', convolution: 'Conv2D', merge: 'Add' }[kind]!,
      shape: [8, 8, 4],
      depth,
      inputs,
    };
  });
  return { taps };
}
