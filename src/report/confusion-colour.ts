// The colour of a cell: from the ground, where there are no samples, to blue for those that are right and to vermillion
// for those that are wrong, by the square root of the share, so that one sample in a hundred is seen.

type Rgb = readonly [red: number, green: number, blue: number];

const LIGHT: Rgb = [242, 244, 246];
const RIGHT: Rgb = [8, 81, 156];
const WRONG: Rgb = [189, 64, 0];

/** The colour of cells without samples: opaque and light on a dark page too. */
export const GROUND = colourText(LIGHT);

/** The colour of a cell with a share of its true class's samples in (0, 1], as `#rrggbb`. */
export function cellColour(share: number, isRight: boolean): string {
  const full = isRight ? RIGHT : WRONG;
  const part = Math.sqrt(share);
  return colourText(LIGHT.map((from, at) => Math.round(from + part * (full[at]! - from))));
}

/** The colour of text on a cell: white or near-black, whichever stands out more (WCAG 2 relative luminance). */
export function textColour(background: string): '#ffffff' | '#1f2328' {
  return contrast(luminance(background), 1) >= contrast(luminance(background), luminance('#1f2328'))
    ? '#ffffff'
    : '#1f2328';
}

function contrast(a: number, b: number): number {
  return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
}

function luminance(colour: string): number {
  const linear = [1, 3, 5]
    .map((at) => Number.parseInt(colour.slice(at, at + 2), 16) / 255)
    .map((value) => (value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0]! + 0.7152 * linear[1]! + 0.0722 * linear[2]!;
}

function colourText(rgb: readonly number[]): string {
  return `#${rgb.map((value) => value.toString(16).padStart(2, '0')).join('')}`;
}
