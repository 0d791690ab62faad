import { describe, expect, it } from 'vitest';
import type { ProbeValues } from '../../src/cli/probe-options.js';
import { softmaxEnd, stochasticSettings } from '../../src/cli/solver-options.js';

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

describe('softmaxEnd', () => {
  it('has the defaults where none are given, and nothing for kinds that are ended otherwise', () => {
    expect(softmaxEnd(given({}), 'softmax')).toEqual({ tolerance: 1e-3, maxPasses: 1000 });
    expect(softmaxEnd(given({ 'max-passes': 7 }), 'softmax')).toMatchObject({ maxPasses: 7 });
    for (const kind of ['sgd', 'adam', 'ridge', 'centroid', 'lda'] as const)
      expect(softmaxEnd(given({}), kind)).toEqual({});
  });
});

describe('an option that a kind of probe does not have', () => {
  it.each([
    ['tolerance', 'ridge', 'softmax'],
    ['tolerance', 'sgd', 'softmax'],
    ['max-passes', 'centroid', 'softmax'],
    ['max-passes', 'lda', 'softmax'],
    ['rates', 'ridge', 'sgd or adam'],
    ['batch', 'lda', 'sgd or adam'],
    ['epochs', 'softmax', 'sgd or adam'],
    ['patience', 'centroid', 'sgd or adam'],
  ] as const)('--%s is refused for %s', (option, kind, owners) => {
    const values = given({ [option]: option === 'rates' ? [0.1] : 3 });
    const message = `--${option} is not for --probe ${kind}: it belongs to --probe ${owners}`;
    for (const settings of [softmaxEnd, stochasticSettings])
      expect(() => settings(values, kind)).toThrow(message);
  });
});
