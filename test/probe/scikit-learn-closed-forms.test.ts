import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { type ColumnResult, probeColumn } from '../../src/probe/probe-column.js';
import type { ProbeKind } from '../../src/probe/probe-kind.js';
import { perSplit } from '../../src/split.js';
import { arraySource, drawProblem } from './small-problem.js';

const python = process.env.STRATA_PYTHON ?? '.venv/bin/python';
const installed =
  (existsSync(python) || !python.includes('/')) && spawnSync(python, ['-c', 'import sklearn']).status === 0;

const SCRIPT = `
import json, sys
import numpy as np
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.linear_model import Ridge, RidgeClassifier, RidgeCV
from sklearn.neighbors import NearestCentroid
from sklearn.preprocessing import StandardScaler
given = json.load(sys.stdin)
x, y = np.array(given['features']), np.array(given['labels'])
v, w = np.array(given['valid']), np.array(given['validLabels'])
scaler = StandardScaler().fit(x)
z, v, n = scaler.transform(x), scaler.transform(v), len(x)
targets = np.eye(y.max() + 1)[y]
out = {'ridge': [], 'lda': [], 'centroid': [{'valid_error': float((NearestCentroid().fit(z, y).predict(v) != w).mean())}]}
for l2 in given['l2']:
    model = Ridge(alpha=n * l2, solver='svd').fit(z, targets)
    cv = RidgeCV(alphas=[n * l2], store_cv_results=True, gcv_mode='svd').fit(z, targets)
    classifier = RidgeClassifier(alpha=n * l2).fit(z, y)
    raw = model.coef_ / scaler.scale_
    out['ridge'].append({
        'weight': raw.tolist(), 'bias': (model.intercept_ - raw @ scaler.mean_).tolist(),
        'loo_loss': float(cv.cv_results_[..., 0].sum(axis=1).mean()),
        'valid_error': float((classifier.predict(v) != w).mean())})
    lda = LinearDiscriminantAnalysis(solver='lsqr', shrinkage=l2 / (1 + l2)).fit(z, y)
    raw = lda.coef_ / scaler.scale_
    out['lda'].append({
        'weight': raw.tolist(), 'bias': (lda.intercept_ - raw @ scaler.mean_).tolist(),
        'valid_loss': float(-lda.predict_log_proba(v)[np.arange(len(w)), w].mean()),
        'valid_error': float((lda.predict(v) != w).mean())})
print(json.dumps(out))
`;

interface Theirs {
  readonly weight: readonly (readonly number[])[];
  readonly bias: readonly number[];
  readonly loo_loss: number;
  readonly valid_loss: number;
  readonly valid_error: number;
}

const FEATURES = 30;
const CLASSES = 12;
const L2 = [1, 1e-1, 1e-2, 1e-4];
const drawn = drawProblem({
  rows: { train: 900, valid: 500, test: 10 },
  features: FEATURES,
  classes: CLASSES,
  noise: 1.5,
  seed: 3,
});

function rowsOf(features: Float32Array): number[][] {
  return Array.from({ length: features.length / FEATURES }, (_, row) => [
    ...features.subarray(row * FEATURES, (row + 1) * FEATURES),
  ]);
}

function ours(kind: ProbeKind, l2: readonly number[]): Promise<ColumnResult> {
  return probeColumn({
    column: { tap: 'add_5', depth: 3, shape: '30', reduction: 'flatten' },
    sources: perSplit((split) => arraySource(drawn[split].features, FEATURES, 100)),
    labelSets: [
      {
        name: 'label',
        classes: Array.from({ length: CLASSES }, (_, at) => `class ${at}`),
        labels: perSplit((split) => drawn[split].labels),
      },
    ],
    kind,
    l2,
    seed: 0,
    memoryBytes: 2 ** 30,
  });
}

function expectWeights({ weights: [own] }: ColumnResult, { weight, bias }: Theirs, digits: number): void {
  const largest = Math.max(...weight.flat().map(Math.abs));
  for (const [at, value] of weight.flat().entries())
    expect(own!.weight[at]! / largest).toBeCloseTo(value / largest, digits);
  const most = Math.max(...bias.map(Math.abs));
  for (const [at, value] of bias.entries()) expect(own!.bias[at]! / most).toBeCloseTo(value / most, digits);
}

describe.skipIf(!installed)('closed forms beside scikit-learn in float64', () => {
  const theirs: Partial<Record<ProbeKind, readonly Theirs[]>> = {};

  beforeAll(async () => {
    await loadBackend();
    const { train, valid } = drawn;
    const input = JSON.stringify({
      features: rowsOf(train.features),
      labels: [...train.labels],
      valid: rowsOf(valid.features),
      validLabels: [...valid.labels],
      l2: L2,
    });
    Object.assign(theirs, JSON.parse(execFileSync(python, ['-c', SCRIPT], { input, encoding: 'utf8' })));
  });

  it('has the coefficients of Ridge, the leave-one-out of RidgeCV and the errors of RidgeClassifier', async () => {
    const { measurements } = await ours('ridge', L2);
    for (const [at, own] of theirs.ridge!.entries()) {
      expectWeights(await ours('ridge', [L2[at]!]), own, 5);
      expect(measurements[at]!.leaveOneOut!.loss / own.loo_loss).toBeCloseTo(1, 6);
      expect(Math.abs(measurements[at]!.valid.error - own.valid_error)).toBeLessThanOrEqual(0.002);
    }
  });

  it('has the coefficients, the posterior and the errors of LinearDiscriminantAnalysis', async () => {
    const { measurements } = await ours('lda', L2);
    for (const [at, own] of theirs.lda!.entries()) {
      // The covariance within classes has eigenvalues down to 1e-3, and float32 sums err by 5e-7.
      expectWeights(await ours('lda', [L2[at]!]), own, 3);
      expect(measurements[at]!.valid.loss / own.valid_loss).toBeCloseTo(1, 5);
      expect(Math.abs(measurements[at]!.valid.error - own.valid_error)).toBeLessThanOrEqual(0.002);
    }
  });

  it('has the errors of NearestCentroid', async () => {
    const { measurements } = await ours('centroid', []);
    expect(Math.abs(measurements[0]!.valid.error - theirs.centroid![0]!.valid_error)).toBeLessThanOrEqual(
      0.002,
    );
  });
});
