import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { probeColumn } from '../../src/probe/probe-column.js';
import { perSplit } from '../../src/split.js';
import { arraySource, drawProblem } from './small-problem.js';

const python = process.env.STRATA_PYTHON ?? '.venv/bin/python';
const installed =
  (existsSync(python) || !python.includes('/')) && spawnSync(python, ['-c', 'import sklearn']).status === 0;

const SCRIPT = `
import json, sys
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler
given = json.load(sys.stdin)
x, y = np.array(given['features']), np.array(given['labels'])
scaler = StandardScaler().fit(x)
out = []
for l2 in given['l2']:
    model = LogisticRegression(C=1 / (l2 * len(x)), tol=1e-9, max_iter=100000).fit(scaler.transform(x), y)
    p = model.predict_log_proba(scaler.transform(x))
    error = 1 - model.score(scaler.transform(np.array(given['valid'])), np.array(given['validLabels']))
    loss = -p[np.arange(len(x)), y].mean()
    out.append({'loss': loss, 'objective': loss + l2 / 2 * (model.coef_ ** 2).sum(), 'error': error})
print(json.dumps(out))
`;

const FEATURES = 40;

function rowsOf(features: Float32Array): number[][] {
  return Array.from({ length: features.length / FEATURES }, (_, row) => [
    ...features.subarray(row * FEATURES, (row + 1) * FEATURES),
  ]);
}

describe.skipIf(!installed)('probeColumn beside scikit-learn in float64', () => {
  it('reaches the same loss to 1e-4, and the same error', async () => {
    await loadBackend();
    const rows = { train: 1500, valid: 1000, test: 10 };
    const drawn = drawProblem({ rows, features: FEATURES, classes: 12, noise: 1.5, seed: 3 });
    const l2 = [1e-1, 1e-2, 1e-3, 1e-4];
    const { measurements } = await probeColumn({
      column: { tap: 'add_5', depth: 3, shape: '40', reduction: 'flatten' },
      sources: perSplit((split) => arraySource(drawn[split].features, FEATURES, 100)),
      labelSets: [
        {
          name: 'label',
          classes: Array.from({ length: 12 }, (_, at) => `class ${at}`),
          labels: perSplit((split) => drawn[split].labels),
        },
      ],
      l2,
      seed: 0,
      tolerance: 1e-7,
      memoryBytes: 2 ** 30,
    });
    const input = JSON.stringify({
      features: rowsOf(drawn.train.features),
      labels: [...drawn.train.labels],
      valid: rowsOf(drawn.valid.features),
      validLabels: [...drawn.valid.labels],
      l2,
    });
    const theirs = JSON.parse(execFileSync(python, ['-c', SCRIPT], { input, encoding: 'utf8' })) as {
      loss: number;
      error: number;
    }[];
    for (const [at, { loss, error }] of theirs.entries()) {
      expect(Math.abs(measurements[at]!.train.loss / loss - 1)).toBeLessThan(1e-4);
      expect(Math.abs(measurements[at]!.valid.error - error)).toBeLessThanOrEqual(0.001);
    }
  });
});
