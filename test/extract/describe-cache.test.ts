import { describe, expect, it } from 'vitest';
import type { Dataset } from '../../src/dataset/dataset.js';
import { describeCache } from '../../src/extract/describe-cache.js';
import type { ModelFacts, Tap } from '../../src/model/model.js';
import type { Preprocess } from '../../src/model/preprocess.js';
import { manifestSchema } from '../../src/store/manifest.js';

const splits = { train: [], valid: [], test: [] };
const dataset = { name: 'd', identity: {}, labelSets: [], splits } as unknown as Dataset;

function tap(shape: number[], axes?: Tap['axes']): Tap {
  return {
    ...{ name: 't', kind: 'other', op: 'op', shape, depth: 0, inputs: [] },
    ...(axes && { axes }),
  };
}

function manifestOf(format: ModelFacts['format'], batch: number, ...taps: Tap[]) {
  const model = { format, name: 'm', taps, identity: { format } } as unknown as ModelFacts;
  return describeCache({
    ...{ dataset, model, preprocess: {} as Preprocess, scoring: undefined },
    ...{
      backend: { name: 'onnx', version: '1' } as never,
      forward: { kind: 'compiled' },
      compute: 'float32',
    },
    ...{ seed: 0, batch, shardRows: 1, dtype: 'float32', format: 'arrow' },
  });
}

function modelIdentity(format: ModelFacts['format'], ...taps: Tap[]) {
  return manifestOf(format, 1, ...taps).identity.model;
}

describe('the model in the identity of a cache', () => {
  it('is what it was for maps with their channels last, and vectors', () => {
    const maps = [tap([4, 4, 3], ['height', 'width', 'channels']), tap([5], ['channels']), tap([4, 4, 3])];
    for (const format of ['layers', 'onnx'] as const)
      expect(modelIdentity(format, ...maps)).toEqual({ format });
  });

  it('says how taps are pooled where versions before axes were followed may have pooled them otherwise', () => {
    const pooling = 2;
    expect(modelIdentity('layers', tap([3, 4, 4], ['channels', 'height', 'width']))).toMatchObject({
      pooling,
    });
    expect(modelIdentity('layers', tap([3, 4], ['unknown', 'unknown']))).toMatchObject({ pooling });
    expect(modelIdentity('onnx', tap([16, 8], ['tokens', 'channels']))).toMatchObject({ pooling });
  });
});

describe('a manifest', () => {
  it('notes that scales come from the batch, beside the identity', () => {
    const rounded: Tap = { ...tap([5]), alsoDepends: { kind: 'scale', place: 'DynamicQuantizeLinear at q' } };
    const noted = manifestOf('onnx', 8, rounded);
    expect(noted.notes).toEqual([expect.stringMatching(/^t depend a little .*DynamicQuantizeLinear at q/)]);
    expect(noted.fingerprint).toBe(manifestOf('onnx', 8, tap([5])).fingerprint);
    expect(manifestOf('onnx', 1, rounded)).not.toHaveProperty('notes');
    expect(manifestSchema.parse(JSON.parse(JSON.stringify(noted))).notes).toEqual(noted.notes);
  });
});
