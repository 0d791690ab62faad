import { randomStream } from '../random.js';
import { perSplit, type Split } from '../split.js';
import { drawGlyph, GLYPH_SIZE } from './draw-glyph.js';
import { GLYPH_CLASSES, GLYPH_SAMPLES, glyphFactorSets, glyphValues, planGlyphs } from './glyph-factors.js';
import { sampleKey } from './sample-key.js';
import type { SampleSource, SourceSplit } from './source.js';

/** Raised whenever the same seed gives other images. */
const GLYPHS_VERSION = 1;

/**
 * Opens the procedural data set: letters of ten classes with known rotation, position, colour, stroke, clutter and
 * noise, drawn when they are read. One seed gives the same bytes on every machine.
 */
export function openGlyphs(seed: number): SampleSource {
  const plans = perSplit((split) => planGlyphs(seed, split));
  return {
    kind: 'glyphs',
    name: seed === 0 ? 'glyphs' : `glyphs-${seed}`,
    classes: GLYPH_CLASSES,
    splits: perSplit((split) => sourceSplit(split, plans[split].label)),
    factors: glyphFactorSets(plans),
    imageShape: { height: GLYPH_SIZE, width: GLYPH_SIZE, channels: 3 },
    identity: { seed, version: GLYPHS_VERSION },
    sizes: async (_, indices) => new Float64Array(indices.length).fill(GLYPH_SIZE * GLYPH_SIZE * 3),
    read: async (split, index) => ({
      kind: 'pixels',
      data: drawGlyph(glyphValues(plans[split], index), randomStream(seed, 'glyphs', split, index)),
      width: GLYPH_SIZE,
      height: GLYPH_SIZE,
      channels: 3,
    }),
  };
}

function sourceSplit(split: Split, labels: Int32Array): SourceSplit {
  return { length: GLYPH_SAMPLES[split], key: (index) => sampleKey(split, index), labels };
}
