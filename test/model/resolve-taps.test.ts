import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Tap, TapKind } from '../../src/model/model.js';
import { defaultTaps, resolveTaps } from '../../src/model/resolve-taps.js';

function tap(name: string, kind: TapKind): Tap {
  return { name, kind, op: 'op', shape: [1], depth: 0, inputs: [] };
}

const taps = [
  tap('image', 'input'),
  tap('conv_1', 'convolution'),
  tap('relu_1', 'activation'),
  tap('add', 'merge'),
  tap('conv_2', 'convolution'),
  tap('relu_2', 'activation'),
  tap('add_1', 'merge'),
  tap('head/pool', 'pooling'),
  tap('head/dense', 'dense'),
];

function names(selection: readonly string[], from = taps): string[] {
  return resolveTaps(selection, from).map(({ name }) => name);
}

describe('resolveTaps', () => {
  test.each([
    [
      ['add_1', 'conv_1'],
      ['conv_1', 'add_1'],
    ],
    [['conv_*'], ['conv_1', 'conv_2']],
    [['{add,relu}_1'], ['relu_1', 'add_1']],
    [['head/*'], ['head/pool', 'head/dense']],
    [['**/dense', '*/dense'], ['head/dense']],
    [
      ['merges', 'inputs'],
      ['image', 'add', 'add_1'],
    ],
    [['dense'], ['head/dense']],
    [
      ['denses', 'poolings'],
      ['head/pool', 'head/dense'],
    ],
    [
      ['merges', 'add', 'add*'],
      ['add', 'add_1'],
    ],
  ])('%j gives %j', (selection, expected) => {
    expect(names(selection)).toEqual(expected);
  });

  test('all is every tap, and any selection is part of it in its order without repeats', () => {
    expect(resolveTaps(['all'], taps)).toEqual(taps);
    const words = fc.constantFrom('all', 'merges', 'add', 'conv_*', 'head/**', 'activations', 'image');
    fc.assert(
      fc.property(fc.array(words, { minLength: 1 }), (selection) => {
        const chosen = resolveTaps(selection, taps);
        expect(taps.filter((one) => chosen.includes(one))).toEqual(chosen);
      }),
    );
  });

  test('a name goes before a kind', () => {
    expect(names(['merges'], [tap('merges', 'other'), tap('add', 'merge')])).toEqual(['merges']);
  });

  test('takes a slip in the word for a kind for what it is', () => {
    expect(() => resolveTaps(['mergs'], taps)).toThrow('tap not found: mergs (did you mean merges?)');
  });

  test('names the nearest taps for an unknown one', () => {
    expect(() => resolveTaps(['add_17'], taps)).toThrow(/^tap not found: add_17 \(nearest: add_1, /);
  });

  test('refuses a glob or a kind that finds nothing, and an empty selection', () => {
    expect(() => resolveTaps(['block_*'], taps)).toThrow(
      'no tap matches block_* (such as image, conv_1, relu_1; 9 known)',
    );
    expect(() => resolveTaps(['hea*'], taps)).toThrow(
      'no tap matches hea* (`*` stops at a slash; hea*/** matches)',
    );
    expect(() => resolveTaps(['add', 'normalisations'], taps)).toThrow('no normalisations to tap');
    expect(() => resolveTaps([], taps)).toThrow('no taps were asked for');
  });
});

describe('defaultTaps', () => {
  const kindsOf = (kinds: TapKind[]) =>
    defaultTaps(kinds.map((kind, at) => tap(`${kind}_${at}`, kind))).map(({ kind }) => kind);

  test('are the input and the merges of a network that has at least two', () => {
    expect(defaultTaps(taps).map(({ name }) => name)).toEqual(['image', 'add', 'add_1']);
  });

  test('else the activations, else convolutions and dense layers, else all', () => {
    expect(kindsOf(['input', 'convolution', 'activation', 'merge', 'activation'])).toEqual([
      'input',
      'activation',
      'activation',
    ]);
    expect(kindsOf(['input', 'convolution', 'pooling', 'dense', 'activation'])).toEqual([
      'input',
      'convolution',
      'dense',
    ]);
    expect(kindsOf(['input', 'pooling', 'other'])).toEqual(['input', 'pooling', 'other']);
    expect(kindsOf(['input'])).toEqual(['input']);
  });
});
