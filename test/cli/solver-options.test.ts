import { describe, expect, it } from 'vitest';
import type { ProbeValues } from '../../src/cli/probe-options.js';
import { stochasticSettings } from '../../src/cli/solver-options.js';

const given = (values: Partial<ProbeValues>) => values as ProbeValues;

describe('stochasticSettings', () => {
  it('are the defaults of the kind where none are given, and none for exact probes', () => {
    expect(stochasticSettings(given({}), 'sgd')).toMatchObject({ batch: 256, epochs: 100, patience: 5 });
    const [sgd, adam] = (['sgd', 'adam'] as const).map((kind) => stochasticSettings(given({}), kind)!.rates);
    expect([sgd![0], sgd!.at(-1), adam![0], adam!.at(-1)]).toEqual([1e-4, 0.5, 1e-5, 0.05]);
    expect(stochasticSettings(given({ tolerance: 1e-4 }), 'softmax')).toBeUndefined();
  });

  it('take each rate once, rising', () => {
    const values = given({ rates: [0.1, 0.01, 0.1], batch: 64 });
    expect(stochasticSettings(values, 'adam')).toMatchObject({ rates: [0.01, 0.1], batch: 64 });
  });
});
