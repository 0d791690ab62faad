import { describe, expect, it } from 'vitest';
import {
  type Axes,
  axisOf,
  mapAxes,
  meaningsOf,
  shapeOf,
  unknownSince,
} from '../../../src/model/axes/axis.js';
import { permuteAxes, reshapeAxes } from '../../../src/model/axes/reshape-axes.js';

function described(axes: Axes): string {
  const lengths = shapeOf(axes);
  return meaningsOf(axes)
    .map((meaning, at) => `${meaning} ${lengths[at]}`)
    .join(', ');
}

const FIRST = mapAxes([7, 8, 4, 4], 'first');
const LAST = mapAxes([7, 4, 4, 8], 'last');

describe('reshapeAxes', () => {
  it.each([
    [FIRST, [7, 8, 16], 'batch 7, channels 8, tokens 16'],
    [FIRST, [7, 8, 4, 4, 1], 'batch 7, channels 8, height 4, width 4, single 1'],
    [FIRST, [7, 2, 4, 16], 'batch 7, channels 2, channels 4, tokens 16'],
    [FIRST, [7, 12, 11], 'unknown 7, unknown 12, unknown 11'],
    [FIRST, [7, 16, 8], 'batch 7, unknown 16, tokens 8'],
    [LAST, [7, 16, 8], 'batch 7, tokens 16, channels 8'],
    [LAST, [7, 4, 32], 'batch 7, height 4, channels 32'],
    [LAST, [7, 2, 2, 2, 2, 8], 'batch 7, height 2, height 2, width 2, width 2, channels 8'],
    [mapAxes([7, 20], 'last'), [7, 4, 5], 'batch 7, unknown 4, unknown 5'],
  ])('follows parts (case %#, into %j)', (axes, shape, expected) => {
    expect(described(reshapeAxes(axes, shape, 'Reshape at x'))).toBe(expected);
  });

  it('finds again what lay in one axis meanwhile', () => {
    const flat = reshapeAxes(LAST, [7, 128], 'Flatten');
    expect(described(reshapeAxes(flat, [7, 4, 4, 8], 'Reshape'))).toBe(described(LAST));
  });

  it('says since which op axes are unknown', () => {
    const axes = reshapeAxes([axisOf('batch', 7), axisOf('channels', 6)], [7, 3, 2], 'Reshape at x');
    expect(unknownSince(axes)).toBe('Reshape at x');
  });
});

describe('permuteAxes', () => {
  it('takes axes along, counted from the end too', () => {
    expect(described(permuteAxes(FIRST, [0, 2, 3, 1]))).toBe('batch 7, height 4, width 4, channels 8');
    expect(described(permuteAxes(FIRST, [0, -1, 1, 2]))).toBe('batch 7, width 4, channels 8, height 4');
  });
});
