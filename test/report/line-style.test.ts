import { describe, expect, it } from 'vitest';
import { nthStyle, sequentialStyle } from '../../src/report/line-style.js';

describe('nthStyle', () => {
  const styles = Array.from({ length: 60 }, (_, index) => nthStyle(index));

  it('tells a dozen lines apart without their colours, and sixty with them', () => {
    const shapes = styles.slice(0, 12).map(({ marker, dash }) => JSON.stringify([marker, dash]));
    expect(new Set(shapes).size).toBe(12);
    expect(new Set(styles.map((style) => JSON.stringify(style))).size).toBe(60);
  });
});

/** WCAG's contrast of two colours. */
function contrast(a: string, b: string): number {
  const [high = 0, low = 0] = [a, b].map(luminance).sort((x, y) => y - x);
  return (high + 0.05) / (low + 0.05);
}

function luminance(colour: string): number {
  const channels = [1, 3, 5].map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255);
  const [red = 0, green = 0, blue = 0] = channels.map((value) =>
    value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4,
  );
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

describe('sequentialStyle', () => {
  const colours = Array.from({ length: 40 }, (_, at) => sequentialStyle(at, 40).colour);

  it('gets lighter from the first line to the last, no two alike', () => {
    const lightness = colours.map(luminance);
    expect(lightness.slice(1).every((value, at) => value > lightness[at]! - 0.002)).toBe(true);
    expect(lightness.at(-1)! / lightness[0]!).toBeGreaterThan(1.8);
    expect(new Set(colours).size).toBe(40);
  });

  it('has a contrast of 3 on white and on the dark of the report, wherever it is', () => {
    for (const colour of colours) {
      expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(3);
      expect(contrast(colour, '#0d1117')).toBeGreaterThanOrEqual(3);
    }
  });

  it('gives a line alone the last colour', () => {
    expect(sequentialStyle(0, 1).colour).toBe(sequentialStyle(4, 5).colour);
  });
});
