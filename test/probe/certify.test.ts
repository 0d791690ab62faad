import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { certify } from '../../src/probe/certify.js';
import { ENGINES, openPasses } from './engines.js';
import { referenceMinimum, referenceObjective, standardisedRows } from './reference-solver.js';
import { arraySource, drawSplit, normals } from './small-problem.js';

const FEATURES = 4;
const drawn = drawSplit({ rows: 60, features: FEATURES, classes: 3, noise: 2, seed: 4, part: 'train' });
const labels = drawn.labels.map((label, row) => (row % 7 === 0 ? -1 : label));
const labelled = labels.filter((label) => label >= 0).length;
const frequencies = Float64Array.from(
  [0, 1, 2],
  (own) => labels.filter((label) => label === own).length / labelled,
);
const problem = { rows: standardisedRows(drawn.features, FEATURES), labels, classes: 3 };

for (const engine of ENGINES) {
  describe(`certify, ${engine}`, () => {
    beforeAll(() => loadBackend());

    it('bounds the distance from the optimum, wherever the probe is and however wrong its bias', async () => {
      const passes = await openPasses({
        engine,
        source: arraySource(drawn.features, FEATURES),
        resident: true,
      });
      const probes = [1e-1, 1e-2, 1e-3].flatMap((l2) =>
        [0, 0.03, 1].map((noise, seed) => {
          const optimum = referenceMinimum(problem, l2);
          const away = normals(optimum.position.length, seed, 'away');
          const position = optimum.position.map((value, at) => value + noise * away[at]!);
          return { l2, position, best: optimum.objective, noise };
        }),
      );
      const bounds = await certify(
        passes,
        probes.map((own) => ({ ...own, classes: 3, labels, labelled, frequencies })),
      );
      for (const [at, { l2, position, best, noise }] of probes.entries()) {
        const distance = referenceObjective(problem, position, l2).objective - best;
        expect(bounds[at]!.gap).toBeGreaterThanOrEqual(distance - 1e-6);
        if (noise === 0) expect(bounds[at]!.gap).toBeLessThan(1e-5);
        expect(bounds[at]!.passes).toBeGreaterThan(0);
      }
      passes.dispose();
    });
  });
}
