import { describe, expect, it } from 'vitest';
import { type DeadSegment, deadSegments } from '../../src/report/dead-segments.js';
import { chainOf, graphOf, residual, skipOverHalf } from './example-graphs.js';
import { CHANCE, changeOf, type Errors, found, judged, SAMPLES } from './judged-segments.js';

function named(segments: readonly DeadSegment[]) {
  return segments.map(({ first, last, after, bypass, evidence }) => [
    `${first.tap} ... ${last.tap}`,
    after.tap,
    bypass.tap,
    evidence,
  ]);
}

/** Errors of `dense_FROM` to `dense_TO`, from the first to the last in a line. */
function along(from: number, to: number, [first, last]: readonly [number, number]): Errors {
  const count = to - from;
  return Object.fromEntries(
    Array.from({ length: count + 1 }, (_, at) => [
      `dense_${from + at}`,
      first + ((last - first) * at) / Math.max(1, count),
    ]),
  );
}

const HALF_DEAD = {
  input: 0.08,
  ...along(1, 64, [0.1, 0.75]),
  add_1: 0.081,
  ...along(65, 128, [0.05, 0.02]),
};

describe("the paper's network of 128 layers with a skip connection over the first half", () => {
  const network = skipOverHalf(128);

  it('has a dead segment: the half that the skip leaves unused', () => {
    const [segment, ...others] = found(network, HALF_DEAD);
    expect(others).toEqual([]);
    expect(segment).toEqual({
      first: { tap: 'dense_1', error: 0.1, samples: SAMPLES },
      last: { tap: 'dense_64', error: 0.75, samples: SAMPLES },
      probes: 64,
      taps: Array.from({ length: 64 }, (_, at) => `dense_${at + 1}`),
      merge: 'add_1',
      after: { tap: 'add_1', error: 0.081, samples: SAMPLES },
      bypass: { tap: 'input', error: 0.08, samples: SAMPLES },
      evidence: 'gains nothing',
      gain: {
        of: 'merge',
        value: expect.closeTo(-0.001, 12),
        interval: { low: expect.closeTo(-0.0034, 4), high: expect.closeTo(0.0014, 4) },
        margin: 0.01,
      },
      verdict: 'dead',
    });
  });

  it('has it too where the signal is lost down to chance', () => {
    const errors = { ...HALF_DEAD, ...along(1, 64, [0.1, 0.899]) };
    expect(named(found(network, errors))).toEqual([['dense_1 ... dense_64', 'add_1', 'input', 'at chance']]);
  });

  it('has it by any part of the probes that shows both ends of it and what the merge gains', () => {
    const few = { input: 0.08, dense_20: 0.3, dense_60: 0.7, add_1: 0.081, dense_128: 0.02 };
    expect(named(found(network, few))).toEqual([
      ['dense_20 ... dense_60', 'add_1', 'input', 'gains nothing'],
    ]);
    expect(judged(network, { input: 0.08, dense_128: 0.02 })).toEqual([]);
    expect(judged(network, along(1, 64, [0.1, 0.75]))).toEqual([]);
  });

  it('leaves it undecided without a probe at the merge, unless the last probe is shown to be at chance', () => {
    const { add_1: _, ...dense } = HALF_DEAD;
    const [segment] = judged(network, dense);
    expect(segment).toMatchObject({
      verdict: 'undecided',
      gain: { of: 'last probe' },
      evidence: 'gains nothing',
    });
    expect(segment!.gain.value).toBeCloseTo(0.15, 12);
    const lost = { ...dense, ...along(1, 64, [0.1, 0.9]) };
    expect(named(found(network, lost))).toEqual([['dense_1 ... dense_64', 'dense_65', 'input', 'at chance']]);
    expect(found(network, lost, 1000)).toEqual([]);
    expect(judged(network, lost, 1000)[0]!.verdict).toBe('undecided');
  });

  it('has it where the first layers learned something that the later ones lose', () => {
    const errors = { ...HALF_DEAD, dense_1: 0.07, dense_2: 0.04, dense_3: 0.05 };
    expect(named(found(network, errors))).toEqual([
      ['dense_4 ... dense_64', 'add_1', 'input', 'gains nothing'],
    ]);
  });

  it('has none where both halves are used', () => {
    const errors = { ...HALF_DEAD, ...along(1, 64, [0.08, 0.03]), add_1: 0.028 };
    expect(found(network, errors)).toEqual([]);
  });

  it('has none where the merge gains from the half, bad as it reads by itself', () => {
    expect(judged(network, { ...HALF_DEAD, add_1: 0.06 })).toEqual([]);
    expect(judged(network, { ...HALF_DEAD, add_1: 0.075 }, 100_000)).toEqual([]);
  });

  it('has none where nothing carries the signal on', () => {
    const dead = Object.fromEntries(Object.keys(HALF_DEAD).map((tap) => [tap, 0.9]));
    expect(found(network, { ...dead, input: 0.08 })).toEqual([]);
  });

  it('has one that some test splits are too small to be sure of, or to see', () => {
    expect(judged(network, HALF_DEAD, 5)).toEqual([]);
    expect(judged(network, HALF_DEAD, 200).map(({ verdict }) => verdict)).toEqual(['undecided']);
    expect(found(network, HALF_DEAD, 4000)).toHaveLength(1);
  });

  it('is undecided where it is not known which samples differ and the errors alone do not tell', () => {
    const errors = Object.entries(HALF_DEAD).map(([tap, error]) => ({ tap, error, samples: 2000 }));
    const [segment] = deadSegments({ taps: graphOf(network), errors, chance: CHANCE });
    expect(segment!.verdict).toBe('undecided');
    expect(segment!.gain.interval.high).toBeGreaterThan(0.01);
  });

  it('needs more samples where it is one of several networks looked at together', () => {
    const errors = Object.entries(HALF_DEAD).map(([tap, error]) => ({ tap, error, samples: 3000 }));
    const [alone] = deadSegments({ taps: graphOf(network), errors, chance: CHANCE, changeOf });
    const [one] = deadSegments({ taps: graphOf(network), errors, chance: CHANCE, changeOf, networks: 20 });
    expect(one!.gain.interval.high).toBeGreaterThan(alone!.gain.interval.high);
  });

  it('may gain a quarter of the errors that the bypass leaves, where these are few, and not more', () => {
    const few = { ...HALF_DEAD, input: 0.02, add_1: 0.02 };
    expect(judged(network, few)[0]).toMatchObject({ verdict: 'dead', gain: { margin: 0.005 } });
    expect(judged(network, few, 2000)[0]!.verdict).toBe('undecided');
  });
});

describe('without a parallel path', () => {
  it('nothing is dead, whatever the errors', () => {
    expect(found({ input: [], ...chainOf(128) }, { input: 0.08, ...along(1, 128, [0.1, 0.9]) })).toEqual([]);
  });
});

describe('a residual network', () => {
  const network = residual(3);
  const well = {
    ...{ conv_0: 0.6, conv_1_a: 0.55, conv_1_b: 0.62, add_1: 0.5 },
    ...{ conv_2_a: 0.5, conv_2_b: 0.58, add_2: 0.4 },
    ...{ conv_3_a: 0.45, conv_3_b: 0.6, add_3: 0.399 },
  };

  it('has nothing dead in it though every branch reads worse than its sum, and the last block adds nothing', () => {
    expect(found(network, well)).toEqual([]);
    expect(found(network, { add_1: 0.5, add_2: 0.4, add_3: 0.41 })).toEqual([]);
  });

  it('has a dead block where the branch is at chance', () => {
    expect(named(found(network, { ...well, conv_2_a: 0.85, conv_2_b: 0.9, add_2: 0.5 }))).toEqual([
      ['conv_2_a ... conv_2_b', 'add_2', 'add_1', 'at chance'],
    ]);
  });

  it('has none where at chance is what the fork was', () => {
    expect(found(network, { ...well, add_1: 0.88, conv_2_a: 0.89, conv_2_b: 0.9, add_2: 0.5 })).toEqual([]);
  });
});

describe('a segment', () => {
  it('is the one branch of several that is dead', () => {
    const network = {
      input: [],
      conv_0: ['input'],
      conv_a: ['conv_0'],
      conv_b: ['conv_0'],
      conv_c: ['conv_b'],
      concat: ['conv_a', 'conv_c'],
    };
    const errors = { conv_0: 0.5, conv_a: 0.4, conv_b: 0.7, conv_c: 0.9, concat: 0.4 };
    expect(named(found(network, errors))).toEqual([['conv_b ... conv_c', 'concat', 'conv_a', 'at chance']]);
  });

  it('is not told by a side path of its branch that is at chance', () => {
    const network = {
      input: [],
      dense_a: ['input'],
      dense_b: ['input'],
      add_inner: ['dense_a', 'dense_b'],
      add_1: ['add_inner', 'input'],
    };
    const errors = { input: 0.3, dense_a: 0.32, dense_b: 0.9, add_1: 0.3 };
    expect(found(network, errors)).toEqual([]);
  });

  it('is named once, the largest', () => {
    const inner = { conv_x: ['dense_3'], conv_y: ['conv_x'], add_inner: ['conv_y', 'dense_3'] };
    const network = {
      input: [],
      ...chainOf(3),
      ...inner,
      ...chainOf(5, { from: 'add_inner', start: 4 }),
      add_1: ['dense_8', 'input'],
    };
    const errors = { input: 0.1, dense_3: 0.5, conv_y: 0.9, add_inner: 0.5, dense_8: 0.7, add_1: 0.1 };
    expect(named(found(network, errors))).toEqual([
      ['dense_3 ... dense_8', 'add_1', 'input', 'gains nothing'],
    ]);
  });
});
