import { lab, rgb } from 'd3-color';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  errorColour,
  errorPosition,
  errorScale,
  positionColour,
  scaleTicks,
} from '../../src/report/error-colour.js';

/** What is left of linear red, green and blue for those without one kind of cone (Machado, Oliveira & Fernandes 2009). */
const SIGHTS: Readonly<Record<string, readonly (readonly number[])[]>> = {
  everyone: [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  deuteranopes: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  protanopes: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  tritanopes: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function toLinear(channel: number): number {
  const value = channel / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

function fromLinear(value: number): number {
  return 255 * (value <= 0.0031308 ? 12.92 * value : 1.055 * value ** (1 / 2.4) - 0.055);
}

function seenBy(sight: string, colour: string): string {
  const { r, g, b } = rgb(colour);
  const linear = [r, g, b].map(toLinear);
  const seen = SIGHTS[sight]!.map((row) => row.reduce((sum, weight, at) => sum + weight * linear[at]!, 0));
  const [red, green, blue] = seen.map((value) => fromLinear(Math.max(0, Math.min(1, value))));
  return rgb(red!, green!, blue!).formatRgb();
}

describe('the colours of errors', () => {
  it.each(Object.keys(SIGHTS))('get darker all the way from good to bad for %s', (sight) => {
    const lightness = Array.from(
      { length: 51 },
      (_, step) => lab(seenBy(sight, positionColour(step / 50))).l,
    );
    for (const [step, now] of lightness.slice(1).entries())
      expect(now, `step ${step}`).toBeLessThan(lightness[step]!);
    expect(lightness[0]! - lightness.at(-1)!).toBeGreaterThan(50);
  });

  it('are blue, green and red in the order of the paper', () => {
    const [good, fair, bad] = [0, 0.25, 1].map((position) => rgb(positionColour(position)));
    expect(good!.b).toBeGreaterThan(Math.max(good!.r, good!.g));
    expect(fair!.g).toBeGreaterThan(Math.max(fair!.r, fair!.b));
    expect(bad!.r).toBeGreaterThan(2 * Math.max(bad!.g, bad!.b));
  });
});

describe('errorScale', () => {
  it('goes from the lowest error to chance, whatever errs more', () => {
    expect(errorScale({ errors: [0.95, 0.02], chance: 0.9, samples: 1000 })).toEqual({
      low: 0.02,
      high: 0.9,
      highIs: 'chance',
    });
    expect(errorScale({ errors: [0.8, 0.02], chance: null, samples: 1000 })).toEqual({
      low: 0.02,
      high: 0.8,
      highIs: 'highest error',
    });
  });

  it('does not stretch over errors that hardly differ', () => {
    expect(errorScale({ errors: [0.89, 0.91], chance: 0.9, samples: 1000 })).toEqual({
      low: 0.225,
      high: 0.9,
      highIs: 'chance',
    });
  });

  it('takes errors of zero', () => {
    const scale = errorScale({ errors: [0, 0.5], chance: 0.9, samples: 1000 });
    expect(scale.low).toBe(0.0005);
    expect(errorColour(scale, 0)).toBe(positionColour(0));
    const none = errorScale({ errors: [0], chance: 0, samples: 0 });
    expect(none.low).toBeGreaterThan(0);
    expect(none.high).toBeGreaterThan(none.low);
  });

  it('gives equal ratios of errors equal steps of colour, and never leaves the scale', () => {
    const scale = { low: 0.01, high: 0.81 };
    expect([0.01, 0.03, 0.09, 0.27, 0.81].map((error) => errorPosition(scale, error))).toEqual(
      [0, 0.25, 0.5, 0.75, 1].map((position) => expect.closeTo(position, 12)),
    );
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (error) => {
        expect(errorPosition(scale, error)).toBeGreaterThanOrEqual(0);
        expect(errorPosition(scale, error)).toBeLessThanOrEqual(1);
      }),
    );
  });
});

describe('scaleTicks', () => {
  it('are the ends and round numbers between, apart from each other', () => {
    expect(scaleTicks({ low: 0.0065, high: 0.9 }, 0.08)).toEqual([
      0.0065, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 0.9,
    ]);
    const crowded = scaleTicks({ low: 0.0002, high: 0.98 }, 0.12);
    const positions = crowded.map((error) => errorPosition({ low: 0.0002, high: 0.98 }, error));
    for (const [at, position] of positions.slice(1).entries())
      expect(position - positions[at]!).toBeGreaterThan(0.119);
  });
});
