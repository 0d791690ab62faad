import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/dataset/dataset.js';
import { chooseScoring, type ScoringOptions } from '../../src/extract/classifier-scoring.js';
import type { ModelFacts } from '../../src/model/model.js';

const twelve = Array.from({ length: 12 }, (_, at) => String(at)).sort();

function choose(classes: readonly string[], outputs: number, options: Partial<ScoringOptions> = {}) {
  const model = { name: 'net', taps: [], classifier: { tap: 'out', outputs } } as unknown as ModelFacts;
  const dataset = { labelSets: [{ name: 'label', classes }] } as unknown as Dataset;
  return chooseScoring({ model, dataset, batch: 8, ...options });
}

/** What a network is read as saying whose outputs are certain of one of them. */
function predictions(scoring: ReturnType<typeof chooseScoring>) {
  if ('none' in scoring) return scoring.none;
  const { outputs } = scoring;
  return Array.from({ length: outputs }, (_, output) => {
    const row = Float32Array.from({ length: outputs }, (_, at) => Number(at === output));
    return scoring.score(row, 0, 0).modelPrediction;
  });
}

describe('chooseScoring', () => {
  it('reads outputs as the classes in text order, and says that there is another', () => {
    const scoring = choose(twelve, 12);
    expect(scoring).toMatchObject({ order: 'text' });
    expect(predictions(scoring)).toEqual(twelve);
    expect(choose(['a', 'b'], 2)).not.toHaveProperty('order');
  });

  it('reads them in the order that is asked for', () => {
    const scoring = choose(twelve, 12, { classOrder: 'numeric' });
    expect(predictions(scoring)).toEqual([...twelve].sort((a, b) => Number(a) - Number(b)));
    const row = Float32Array.from({ length: 12 }, (_, at) => Number(at === 2));
    expect(
      (scoring as Extract<typeof scoring, { score: unknown }>).score(row, 0, twelve.indexOf('2')),
    ).toEqual({
      ...{ modelPrediction: '2', modelRank: 0 },
      modelLoss: -0,
    });
  });

  it('gives text order the identity that it always had', () => {
    const both = [
      choose(twelve, 12),
      choose(twelve, 12, { classOrder: 'text' }),
      choose(twelve, 12, { classMap: twelve }),
    ];
    const [first, ...others] = both.map((each) => ('none' in each ? each.none : each.identity));
    for (const other of others) expect(other).toEqual(first);
    expect(choose(twelve, 12, { classOrder: 'numeric' })).not.toMatchObject({ identity: first });
  });

  it('takes numeric folders for the numbers of the outputs where they are only some of them', () => {
    const scoring = choose(['007', '10', '2'], 12, { classOrder: 'numeric' });
    expect(predictions(scoring)).toEqual(['0', '1', '2', '3', '4', '5', '6', '007', '8', '9', '10', '11']);
    for (const [classes, order] of [
      [['10', '2'], 'text'],
      [['cat', '2'], 'numeric'],
      [['12', '2'], 'numeric'],
      [['2', '02'], 'numeric'],
    ] as const)
      expect(() => choose(classes, 12, { classOrder: order })).toThrow(
        `--class-map ${order} does not fit: the model has 12 outputs and the data set 2 classes (`,
      );
  });

  it('takes a class map with a line for the background too many or too few', () => {
    expect(predictions(choose(['b'], 3, { classMap: ['a', 'b'] }))).toEqual(['background', 'a', 'b']);
    expect(predictions(choose(['b'], 2, { classMap: ['background', 'a', 'b'] }))).toEqual(['a', 'b']);
    expect(() => choose(['b'], 2, { classMap: ['x', 'a', 'b'] })).toThrow(
      'class map has 3 lines for a classifier of 2',
    );
  });

  it('does not score by a sidecar whose names do not fit the outputs', () => {
    expect(predictions(choose(['a'], 5, { sidecarClasses: ['a', 'b'] }))).toMatch(/^the model has 5 outputs/);
    expect(predictions(choose(['a', 'c'], 2, { sidecarClasses: ['a', 'b'] }))).toMatch(
      /^the model has 2 outputs/,
    );
    expect(predictions(choose(['b'], 2, { sidecarClasses: ['a', 'b'] }))).toEqual(['a', 'b']);
  });
});
