import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { scoreSplit } from '../../src/probe/score-split.js';
import { measureStandardisation } from '../../src/probe/standardise.js';
import { ENGINES, openPasses } from './engines.js';
import { arraySource, normals } from './small-problem.js';

const [ROWS, FEATURES, CLASSES] = [400, 7, 12];
const COLUMN = { tap: 'add_5', reduction: 'flatten' };
const values = Float32Array.from(normals(ROWS * FEATURES, 'values'));
const labels = Int32Array.from({ length: ROWS }, (_, row) => row % CLASSES);
const bias = new Float64Array(CLASSES);

/** The rank of each row's label, by plain loops. */
async function ranksOf(weight: Float64Array): Promise<number[]> {
  const { mean, scale } = await measureStandardisation(arraySource(values, FEATURES), COLUMN);
  return Array.from({ length: ROWS }, (_, row) => {
    const logits = new Float64Array(CLASSES);
    for (let at = 0; at < FEATURES; at++)
      for (let own = 0; own < CLASSES; own++)
        logits[own]! += (values[row * FEATURES + at]! - mean[at]!) * scale[at]! * weight[at * CLASSES + own]!;
    const truth = logits[labels[row]!]!;
    return logits.filter((logit, own) => logit > truth || (logit === truth && own < labels[row]!)).length;
  });
}

for (const engine of ENGINES) {
  describe(`scoreSplit, ${engine}`, () => {
    beforeAll(() => loadBackend());
    const open = () => openPasses({ engine, source: arraySource(values, FEATURES), resident: true });

    it('ranks every row as float64 does, classes that differ by the eleventh digit too', async () => {
      const passes = await open();
      const weight = normals(FEATURES * CLASSES, 'weights').map(
        (value, at) => 1 + 1e-11 * value * (at % CLASSES),
      );
      const tasks = [{ probe: { classes: CLASSES, weight, bias }, labels }];
      const [scores] = await scoreSplit({ passes, tasks });
      expect([...scores!.rank]).toEqual(await ranksOf(weight));
      passes.dispose();
    });

    it('refuses a probe whose weights are no numbers, naming tap, reduction, split and row', async () => {
      const passes = await open();
      const weight = new Float64Array(FEATURES * CLASSES).fill(Number.NaN);
      const tasks = [{ probe: { classes: CLASSES, weight, bias }, labels }];
      await expect(scoreSplit({ passes, tasks })).rejects.toThrow(
        'logits not finite: tap add_5, reduction flatten, train row 0',
      );
      passes.dispose();
    });
  });
}
