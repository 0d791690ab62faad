/*
 * One glyph image, by additions, multiplications, divisions and square roots alone: IEEE 754 rounds these the same
 * way on every machine, and sin, cos, exp and pow it does not.
 */
import type { RandomStream } from '../random.js';
import { GLYPH_CLASSES, type GlyphValues } from './glyph-factors.js';
import { GLYPH_SYMBOLS } from './glyph-symbols.js';
import { paintSegments, type Segment, strokeMask } from './stroke-mask.js';

/** The width and height of every glyph image, in pixels. */
export const GLYPH_SIZE = 24;

/** The middle of the image: the centre of the top left pixel is 0. */
const CENTRE = (GLYPH_SIZE - 1) / 2;

type Colour = readonly [red: number, green: number, blue: number];

const HUES: readonly Colour[] = [
  [1, 0.15, 0.15],
  [0.9, 0.9, 0.1],
  [0.15, 1, 0.15],
  [0.1, 0.9, 0.9],
  [0.35, 0.35, 1],
  [0.95, 0.15, 0.95],
];

/** (cos, sin) of -45, -33.75 ... 45 degrees: the edges of the rotation bins. */
const EDGES: readonly (readonly [cos: number, sin: number])[] = [
  [Math.SQRT1_2, -Math.SQRT1_2],
  [0.8314696123025452, -0.5555702330196022],
  [0.9238795325112867, -0.3826834323650898],
  [0.9807852804032304, -0.19509032201612825],
  [1, 0],
  [0.9807852804032304, 0.19509032201612825],
  [0.9238795325112867, 0.3826834323650898],
  [0.8314696123025452, 0.5555702330196022],
  [Math.SQRT1_2, Math.SQRT1_2],
];

/** Half the width of the strokes, in pixels. */
const HALF_WIDTHS = [0.55, 0.85, 1.2] as const;

/** The largest change that noise makes to a channel, out of 255. */
const NOISE = [6, 16, 30] as const;

/** The distance between neighbouring positions, and how far a symbol strays from its own, in pixels. */
const GRID_STEP = 4;
const JITTER = 1.2;

/** Draws one sample: (24, 24, 3) bytes. The stream decides everything that the factors leave open. */
export function drawGlyph(values: GlyphValues, random: RandomStream): Uint8Array {
  const canvas = paintBackground(random);
  for (let stroke = 0; stroke < values.clutter; stroke++) {
    const hue = (values.colour + random.integer(1, HUES.length - 1)) % HUES.length;
    const mask = strokeMask([distractor(random)], between(random, 0.5, 1.1), GLYPH_SIZE);
    paintSegments(canvas, mask, randomColour(hue, random));
  }
  const half = (HALF_WIDTHS[values.stroke] ?? 1) * between(random, 0.9, 1.1);
  const mask = strokeMask(placeSymbol(values, random), half, GLYPH_SIZE);
  paintSegments(canvas, mask, randomColour(values.colour, random));
  return addNoise(canvas, NOISE[values.noise] ?? 0, random);
}

function between(random: RandomStream, low: number, high: number): number {
  return low + (high - low) * random.uniform();
}

/** A dim gradient between two colours, in a random direction. */
function paintBackground(random: RandomStream): Float64Array {
  const from = randomDim(random);
  const to = randomDim(random);
  const across = between(random, -1, 1);
  const down = between(random, -1, 1);
  const scale = 1 / ((Math.abs(across) + Math.abs(down) + 1e-9) * GLYPH_SIZE);
  const canvas = new Float64Array(GLYPH_SIZE * GLYPH_SIZE * 3);
  for (let y = 0, at = 0; y < GLYPH_SIZE; y++) {
    for (let x = 0; x < GLYPH_SIZE; x++, at += 3) {
      const mix = 0.5 + ((x - CENTRE) * across + (y - CENTRE) * down) * scale;
      canvas[at] = from[0] + (to[0] - from[0]) * mix;
      canvas[at + 1] = from[1] + (to[1] - from[1]) * mix;
      canvas[at + 2] = from[2] + (to[2] - from[2]) * mix;
    }
  }
  return canvas;
}

function randomDim(random: RandomStream): Colour {
  return [between(random, 10, 85), between(random, 10, 85), between(random, 10, 85)];
}

/** A hue with some white in it, at a random brightness: the contrast of the stroke. */
function randomColour(hue: number, random: RandomStream): Colour {
  const brightness = between(random, 160, 250);
  const white = between(random, 0, 0.35);
  const [red, green, blue] = HUES[hue] ?? [1, 1, 1];
  const shade = (part: number): number => brightness * (part + (1 - part) * white);
  return [shade(red), shade(green), shade(blue)];
}

/** A straight stroke of 5 to 10 pixels anywhere in the image. */
function distractor(random: RandomStream): Segment {
  const [x, y] = [between(random, 1, GLYPH_SIZE - 2), between(random, 1, GLYPH_SIZE - 2)];
  const [cos, sin] = anyDirection(random);
  const reach = between(random, 2.5, 5);
  return [x - cos * reach, y - sin * reach, x + cos * reach, y + sin * reach];
}

function anyDirection(random: RandomStream): readonly [number, number] {
  const [cos, sin] = direction(random.integer(0, EDGES.length - 2), random);
  return random.uniform() < 0.5 ? [cos, sin] : [-sin, cos];
}

/** A unit vector inside a rotation bin. */
function direction(bin: number, random: RandomStream): readonly [number, number] {
  const [a, b] = [EDGES[bin] ?? [1, 0], EDGES[bin + 1] ?? [1, 0]];
  const along = random.uniform();
  const [x, y] = [a[0] + (b[0] - a[0]) * along, a[1] + (b[1] - a[1]) * along];
  const length = Math.sqrt(x * x + y * y);
  return [x / length, y / length];
}

function placeSymbol(values: GlyphValues, random: RandomStream): Segment[] {
  const [cos, sin] = direction(values.rotation, random);
  const [tall, wide] = [between(random, 5, 6.5), between(random, 4.6, 6.5)];
  const column = (values.position % 3) - 1;
  const row = Math.floor(values.position / 3) - 1;
  const centreX = CENTRE + column * GRID_STEP + between(random, -JITTER, JITTER);
  const centreY = CENTRE + row * GRID_STEP + between(random, -JITTER, JITTER);
  const place = ([x, y]: readonly [number, number]): readonly [number, number] => [
    centreX + x * wide * cos - y * tall * sin,
    centreY + x * wide * sin + y * tall * cos,
  ];
  const name = GLYPH_CLASSES[values.label] ?? 'A';
  return GLYPH_SYMBOLS[name].flatMap((line) => {
    const points = line.map(place);
    return points.slice(1).map((to, index): Segment => [...(points[index] ?? to), ...to]);
  });
}

function addNoise(canvas: Float64Array, amplitude: number, random: RandomStream): Uint8Array {
  const image = new Uint8Array(canvas.length);
  for (let at = 0; at < canvas.length; at++) {
    const value = (canvas[at] as number) + amplitude * (2 * random.uniform() - 1) + 0.5;
    image[at] = value < 0 ? 0 : value >= 255 ? 255 : value | 0;
  }
  return image;
}
