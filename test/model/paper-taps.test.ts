import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { openModel } from '../../src/model/open-model.js';
import { paperTaps, withPaperTaps } from '../../src/model/paper-taps.js';
import { inception, type Manner, resNet, vgg } from './paper-networks.js';

const MANNERS: readonly Manner[] = ['layers', 'graph'];

function shapes(taps: ReturnType<typeof paperTaps>): readonly string[] {
  return taps.map(({ shape }) => shape.join('x'));
}

describe.each(MANNERS)('in the manner of %s', (manner) => {
  test('ResNet-50 has the input and 16 merges, in the stages of Figure 4', () => {
    const points = paperTaps(resNet(manner, [3, 4, 6, 3]));
    expect(points.map(({ kind }) => kind)).toEqual(['input', ...Array.from({ length: 16 }, () => 'merge')]);
    expect(shapes(points.slice(1))).toEqual([
      ...Array.from({ length: 3 }, () => '56x56x256'),
      ...Array.from({ length: 4 }, () => '28x28x512'),
      ...Array.from({ length: 6 }, () => '14x14x1024'),
      ...Array.from({ length: 3 }, () => '7x7x2048'),
    ]);
  });

  test.each([
    ['ResNet-101', [3, 4, 23, 3], 34],
    ['ResNet-152', [3, 8, 36, 3], 51],
  ])('%s has its input and every merge', (_name, blocks, count) => {
    expect(paperTaps(resNet(manner, blocks))).toHaveLength(count);
  });

  test.each([
    ['VGG-16', [2, 2, 3, 3, 3]],
    ['VGG-19', [2, 2, 4, 4, 4]],
  ])('%s has its input, five poolings and two dense layers after their activation', (_name, blocks) => {
    const points = paperTaps(vgg(manner, blocks));
    const sizes = ['112x112x64', '56x56x128', '28x28x256', '14x14x512', '7x7x512', '4096', '4096'];
    expect(shapes(points)).toEqual(['299x299x3', ...sizes]);
    const last = manner === 'layers' ? 'dense' : 'activation';
    expect(points.slice(-2).map(({ kind }) => kind)).toEqual([last, last]);
  });

  test('Inception v3 has 17 points with the numbers of features that Appendix C counts', () => {
    const points = paperTaps(inception(manner, 'auxiliary'));
    const features = points.map(({ shape }) => shape.reduce((product, length) => product * length, 1));
    expect(points).toHaveLength(17);
    expect(features.filter((count) => count > 100_000)).toHaveLength(13);
    expect(features.filter((count) => count > 200_000)).toHaveLength(11);
    expect(Math.max(...features)).toBe(426_320);
    expect(shapes(points).filter((shape) => shape === '5x5x128' || shape === '1x1x768')).toHaveLength(2);
  });

  test('Inception v3 without its auxiliary head has the other 15', () => {
    const [without, all] = [inception(manner, 'main'), inception(manner, 'auxiliary')].map(paperTaps);
    expect(shapes(without!)).toEqual(
      shapes(all!).filter((shape) => shape !== '5x5x128' && shape !== '1x1x768'),
    );
  });
});

test.each([
  ['a network of other stages', resNet('layers', [3, 4, 7, 3])],
  ['VGG with other blocks', vgg('graph', [2, 3, 3, 3, 3])],
  ['Inception without its last module', inception('graph', 'main').slice(0, 200)],
])('%s is refused, with what is known', (_name, taps) => {
  expect(() => paperTaps(taps)).toThrow(
    /no paper taps for this network: .* \(ResNet-18 to -152, Inception v3/,
  );
});

test('a network that is cut after a merge keeps the points that it has', () => {
  const whole = resNet('graph', [3, 4, 6, 3]);
  const merges = paperTaps(whole).slice(1);
  for (const count of [3, 7, 8, 13]) {
    const cut = whole.slice(0, whole.indexOf(merges[count - 1]!) + 1);
    expect(paperTaps(cut).slice(1)).toEqual(merges.slice(0, count));
  }
});

describe('a selection', () => {
  const taps = resNet('layers', [3, 4, 6, 3]);

  test('has the paper taps in the place of the word, beside others', () => {
    const names = paperTaps(taps).map(({ name }) => name);
    expect(withPaperTaps(['dense', 'paper'], taps, undefined)).toEqual(['dense', ...names]);
    expect(withPaperTaps(['merges'], taps.slice(0, 2), undefined)).toEqual(['merges']);
  });

  test("takes the sidecar's own list first, and a tap that is called so before both", () => {
    expect(withPaperTaps(['paper'], taps.slice(0, 2), ['t0'])).toEqual(['t0']);
    const named = [{ ...taps[0]!, name: 'paper' }];
    expect(withPaperTaps(['paper'], named, ['t0'])).toEqual(['paper']);
  });
});

describe.skipIf(!existsSync('../shared/models'))('of the networks in ../shared', () => {
  test.each([
    ['resnet50-to-add12', ['input_1', 'add', ...Array.from({ length: 12 }, (_, at) => `add_${at + 1}`)]],
    ['mobilenet-v2', ['input_1', ...[2, 4, 5, 7, 8, 9, 11, 12, 14, 15].map((block) => `block_${block}_add`)]],
  ])('%s', async (folder, names) => {
    await loadBackend();
    const model = await openModel(`../shared/models/${folder}`, {});
    expect(paperTaps(model.taps).map(({ name }) => name)).toEqual(names);
    model.dispose();
  });
});
