import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { drawGlyph } from '../../src/dataset/draw-glyph.js';
import {
  GLYPH_FACTORS,
  GLYPH_SAMPLES,
  type GlyphFactor,
  type GlyphValues,
  planGlyphs,
} from '../../src/dataset/glyph-factors.js';
import { openGlyphs } from '../../src/dataset/glyphs.js';
import { randomStream } from '../../src/random.js';
import { SPLITS, type Split } from '../../src/split.js';

const GOLDEN: Record<Split, string> = {
  train: 'f2324cba460655486b434941a1536b1c37603946389ed6ea99a87e7da40bf15b',
  valid: 'e46267205d6c2b517347406da75311842bec2cc623a33e3c58597a2f90805652',
  test: '13cda9ba140a32b29f8950f88b2fcf655f4c69af629e9808bfeda90185b9cb92',
};

const NAMES = Object.keys(GLYPH_FACTORS) as GlyphFactor[];
const PLAIN: GlyphValues = { label: 0, rotation: 4, position: 4, colour: 2, stroke: 1, clutter: 0, noise: 0 };

async function hashOfFirst(seed: number, split: Split, count: number): Promise<string> {
  const source = openGlyphs(seed);
  const hash = createHash('sha256');
  for (let index = 0; index < count; index++) {
    const image = await source.read(split, index);
    if (image.kind === 'pixels') hash.update(image.data);
  }
  return hash.digest('hex');
}

function draw(values: Partial<GlyphValues>, stream: number): Uint8Array {
  return drawGlyph({ ...PLAIN, ...values }, randomStream('test', stream));
}

/** The mean over several images of a number computed from each. */
function meanOver(values: Partial<GlyphValues>, measure: (image: Uint8Array) => number): number {
  let sum = 0;
  for (let stream = 0; stream < 40; stream++) sum += measure(draw(values, stream));
  return sum / 40;
}

describe('glyphs', () => {
  it.each(SPLITS)('draws the same first 64 images of %s on every machine', async (split) => {
    expect(await hashOfFirst(0, split, 64)).toBe(GOLDEN[split]);
  });

  it('draws other images for another seed', async () => {
    expect(await hashOfFirst(1, 'train', 64)).not.toBe(GOLDEN.train);
  });

  it('draws an image by its index, whatever was drawn before', async () => {
    const source = openGlyphs(0);
    const [first, , again] = [
      await source.read('test', 5),
      await source.read('test', 6),
      await source.read('test', 5),
    ];
    expect(again).toEqual(first);
  });

  it('uses only arithmetic that IEEE 754 rounds the same way everywhere', () => {
    for (const file of ['draw-glyph', 'stroke-mask', 'glyph-symbols', 'glyph-factors']) {
      const source = readFileSync(new URL(`../../src/dataset/${file}.ts`, import.meta.url), 'utf8');
      const used = [...source.matchAll(/Math\.(\w+)/g)].map(([, name]) => name);
      for (const name of used)
        expect(['abs', 'ceil', 'floor', 'max', 'min', 'sqrt', 'SQRT1_2']).toContain(name);
      expect(source).not.toMatch(/\w \*\* /);
    }
  });

  it('holds 24 x 24 colour images, 12,000 + 2,000 + 2,000 of at least ten classes', async () => {
    const source = openGlyphs(0);
    expect(source.imageShape).toEqual({ height: 24, width: 24, channels: 3 });
    expect(SPLITS.map((split) => source.splits[split]?.length)).toEqual([12_000, 2_000, 2_000]);
    expect(source.classes.length).toBeGreaterThanOrEqual(10);
    expect(await source.read('train', 17)).toMatchObject({
      kind: 'pixels',
      width: 24,
      height: 24,
      channels: 3,
    });
    expect(source.splits.train.key(17)).toBe('train/00017');
  });

  it('knows six further factors of every sample', () => {
    expect(openGlyphs(0).factors.map(({ name, classes }) => [name, classes.length])).toEqual([
      ['rotation', 8],
      ['position', 9],
      ['colour', 6],
      ['stroke', 3],
      ['clutter', 4],
      ['noise', 3],
    ]);
  });

  it.each(SPLITS)('has every value of every factor of %s equally often', (split) => {
    const plan = planGlyphs(3, split);
    for (const name of NAMES) {
      const counts = new Array<number>(GLYPH_FACTORS[name].length).fill(0);
      for (const value of plan[name]) counts[value] = (counts[value] ?? 0) + 1;
      expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
    }
  });

  it('has factors that are independent of the class and of each other', () => {
    const plan = planGlyphs(0, 'train');
    for (const a of NAMES) {
      for (const b of NAMES) {
        if (a < b) expect(chiSquare(plan[a], plan[b]), `${a}, ${b}`).toBeLessThan(5);
      }
    }
  });

  it('shows the factors in the pixels', () => {
    const mean = (image: Uint8Array): number => image.reduce((sum, value) => sum + value, 0) / image.length;
    expect(meanOver({ stroke: 2 }, mean)).toBeGreaterThan(meanOver({ stroke: 0 }, mean) + 2);
    expect(meanOver({ clutter: 3 }, mean)).toBeGreaterThan(meanOver({ clutter: 0 }, mean) + 1);
    expect(meanOver({ noise: 2 }, roughness)).toBeGreaterThan(meanOver({ noise: 0 }, roughness) + 5);
    const row = (image: Uint8Array): number => centre(image, (pixel) => Math.floor(pixel / 24));
    const column = (image: Uint8Array): number => centre(image, (pixel) => pixel % 24);
    expect(meanOver({ position: 7 }, row)).toBeGreaterThan(meanOver({ position: 1 }, row) + 2);
    expect(meanOver({ position: 5 }, column)).toBeGreaterThan(meanOver({ position: 3 }, column) + 2);
    const channel = (at: number) => (image: Uint8Array) => mean(image.filter((_, index) => index % 3 === at));
    expect(meanOver({ colour: 0 }, channel(0))).toBeGreaterThan(meanOver({ colour: 4 }, channel(0)) + 5);
    expect(meanOver({ colour: 4 }, channel(2))).toBeGreaterThan(meanOver({ colour: 0 }, channel(2)) + 5);
  });

  it('turns a symbol with its rotation: the foot of a T goes left as it turns clockwise', () => {
    const foot = (image: Uint8Array): number =>
      centre(image, (pixel) => (pixel > 24 * 16 ? pixel % 24 : undefined));
    const label = 8;
    expect(meanOver({ label, rotation: 7 }, foot)).toBeLessThan(meanOver({ label, rotation: 4 }, foot) - 0.5);
    expect(meanOver({ label, rotation: 0 }, foot)).toBeGreaterThan(
      meanOver({ label, rotation: 4 }, foot) + 0.5,
    );
  });

  it('plans as many samples as it lists', () => {
    for (const split of SPLITS) expect(planGlyphs(0, split).label.length).toBe(GLYPH_SAMPLES[split]);
  });
});

/** Pearson's statistic of the two values' table, in standard deviations from its mean under independence. */
function chiSquare(a: Int32Array, b: Int32Array): number {
  const [rows, columns] = [Math.max(...a) + 1, Math.max(...b) + 1];
  const table = new Array<number>(rows * columns).fill(0);
  a.forEach((value, index) => {
    const cell = value * columns + (b[index] ?? 0);
    table[cell] = (table[cell] ?? 0) + 1;
  });
  const expected = a.length / (rows * columns);
  const statistic = table.reduce((sum, count) => sum + (count - expected) ** 2 / expected, 0);
  const freedom = (rows - 1) * (columns - 1);
  return (statistic - freedom) / Math.sqrt(2 * freedom);
}

/** The mean difference between neighbours in the top left corner, where no symbol is. */
function roughness(image: Uint8Array): number {
  let sum = 0;
  for (let x = 0; x < 9; x++) sum += Math.abs((image[x] ?? 0) - (image[x + 3] ?? 0));
  return sum / 9;
}

/** The mean coordinate of the pixels, weighted by how bright they are above 100. */
function centre(image: Uint8Array, coordinate: (pixel: number) => number | undefined): number {
  let [sum, weight] = [0, 1e-9];
  for (let pixel = 0; pixel < 576; pixel++) {
    const at = coordinate(pixel);
    if (at === undefined) continue;
    const bright = Math.max(0, Math.max(...image.subarray(pixel * 3, pixel * 3 + 3)) - 100);
    sum += at * bright;
    weight += bright;
  }
  return sum / weight;
}
