import { randomStream, shuffle } from '../random.js';
import { type PerSplit, SPLITS, type Split } from '../split.js';
import type { SourceFactor } from './source.js';

/** The classes of the glyphs data set: letters no two of which are alike under a rotation by 45 degrees or less. */
export const GLYPH_CLASSES = ['A', 'E', 'H', 'K', 'L', 'O', 'P', 'S', 'T', 'X'] as const;

/** The samples of each split of the glyphs data set. */
export const GLYPH_SAMPLES: PerSplit<number> = { train: 12_000, valid: 2_000, test: 2_000 };

/** What is drawn, and the known factors that it varies by, each with its values in order. */
export const GLYPH_FACTORS = {
  label: GLYPH_CLASSES,
  /** Bins of 11.25 degrees, clockwise, named by their lower edge. */
  rotation: ['-45', '-33.75', '-22.5', '-11.25', '0', '11.25', '22.5', '33.75'],
  position: [
    'top-left',
    'top',
    'top-right',
    'left',
    'centre',
    'right',
    'bottom-left',
    'bottom',
    'bottom-right',
  ],
  colour: ['red', 'yellow', 'green', 'cyan', 'blue', 'magenta'],
  stroke: ['thin', 'medium', 'thick'],
  /** The number of distracting strokes behind the symbol. */
  clutter: ['0', '1', '2', '3'],
  noise: ['low', 'medium', 'high'],
} as const;

/** The name of a factor of {@link GLYPH_FACTORS}; `label` is the class itself. */
export type GlyphFactor = keyof typeof GLYPH_FACTORS;

/** The value of every factor for one sample, by index into {@link GLYPH_FACTORS}. */
export type GlyphValues = Readonly<Record<GlyphFactor, number>>;

/** The value of every factor for every sample of a split. */
export type GlyphPlan = Readonly<Record<GlyphFactor, Int32Array>>;

const FACTOR_NAMES = Object.keys(GLYPH_FACTORS) as GlyphFactor[];

/**
 * Draws the factors of a split: each value of a factor as often as every other one (to within one sample), in an
 * order of its own, so that the factors are independent of the class and of each other.
 */
export function planGlyphs(seed: number, split: Split): GlyphPlan {
  const plan = FACTOR_NAMES.map((name) => {
    const count = GLYPH_FACTORS[name].length;
    const values = Int32Array.from({ length: GLYPH_SAMPLES[split] }, (_, index) => index % count);
    return [name, shuffle(values, randomStream(seed, 'glyphs', split, name))] as const;
  });
  return Object.fromEntries(plan) as GlyphPlan;
}

/** The values of one sample of a plan. */
export function glyphValues(plan: GlyphPlan, index: number): GlyphValues {
  return Object.fromEntries(FACTOR_NAMES.map((name) => [name, plan[name][index] ?? 0])) as GlyphValues;
}

/** The plans' further label sets: every factor except the class. */
export function glyphFactorSets(plans: PerSplit<GlyphPlan>): SourceFactor[] {
  return FACTOR_NAMES.filter((name) => name !== 'label').map((name) => ({
    name,
    classes: GLYPH_FACTORS[name],
    labels: Object.fromEntries(SPLITS.map((split) => [split, plans[split][name]])),
  }));
}
