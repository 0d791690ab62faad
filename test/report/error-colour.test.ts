import { describe, expect, it } from 'vitest';
import { textColour } from '../../src/report/confusion-colour.js';
import { errorColour } from '../../src/report/error-colour.js';

type Triple = readonly [number, number, number];

/** Linear light of all cones, and of eyes without one kind (Machado, Oliveira & Fernandes 2009, severity 1). */
const EYES: Readonly<Record<string, readonly Triple[]>> = {
  'all cones': [
    [1, 0, 0],
    [0, 1, 0],
    [0, 0, 1],
  ],
  'no red cones': [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  'no green cones': [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  'no blue cones': [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function linear(colour: string): Triple {
  const [red, green, blue] = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return [red!, green!, blue!];
}

const times = (matrix: readonly Triple[], [a, b, c]: Triple): Triple =>
  matrix.map(([x, y, z]) => x * a + y * b + z * c) as unknown as Triple;

/** CIE L*a*b* of linear light. */
function lab(light: Triple): Triple {
  const inGamut = light.map((value) => Math.min(1, Math.max(0, value))) as unknown as Triple;
  const [x, y, z] = times(
    [
      [0.4124 / 0.9505, 0.3576 / 0.9505, 0.1805 / 0.9505],
      [0.2126, 0.7152, 0.0722],
      [0.0193 / 1.089, 0.1192 / 1.089, 0.9505 / 1.089],
    ],
    inGamut,
  ).map((value) => (value > 0.008856 ? Math.cbrt(value) : 7.787 * value + 16 / 116)) as [
    number,
    number,
    number,
  ];
  return [116 * y - 16, 500 * (x - y), 200 * (y - z)];
}

const shares = Array.from({ length: 51 }, (_, at) => at / 50);

describe('errorColour', () => {
  it('is red for the worst, green in between, blue for none, and stays there beyond', () => {
    expect([0, 2 / 7, 1].map(errorColour)).toEqual(['#bae5ff', '#6fd087', '#78000e']);
    expect([-1, 7].map(errorColour)).toEqual([errorColour(0), errorColour(1)]);
  });

  it.each(Object.entries(EYES))(
    'grows darker with the error at every step, for eyes with %s',
    (_, matrix) => {
      const lightness = shares.map((share) => lab(times(matrix, linear(errorColour(share))))[0]);
      for (let at = 1; at < lightness.length; at++) expect(lightness[at]).toBeLessThan(lightness[at - 1]!);
      expect(lightness[0]! - lightness.at(-1)!).toBeGreaterThan(55);
    },
  );

  it.each(Object.entries(EYES))('tells a tenth from the next, for eyes with %s', (_, matrix) => {
    const colours = shares.map((share) => lab(times(matrix, linear(errorColour(share)))));
    for (let at = 5; at < colours.length; at++) {
      const [here, before] = [colours[at]!, colours[at - 5]!];
      expect(Math.hypot(...here.map((value, axis) => value - before[axis]!))).toBeGreaterThan(5);
    }
  });

  it('leaves text on it readable: a contrast of 4 at least', () => {
    const luminance = (colour: string) => {
      const [red, green, blue] = linear(colour);
      return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    };
    for (const colour of shares.map(errorColour)) {
      const [a, b] = [luminance(colour), luminance(textColour(colour))];
      expect((Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05)).toBeGreaterThan(4);
    }
  });
});
