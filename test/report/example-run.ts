import type { Measurement, ProbeMetrics } from '../../src/probe/measurement.js';
import type { DepthStep } from '../../src/report/depth-steps.js';
import type { LabelSetRecord, RunRecord } from '../../src/report/run-record.js';
import type { CacheIdentity } from '../../src/store/manifest.js';
import type { Topology } from '../../src/store/topology.js';

/** A made-up measurement, changed where a test cares. */
export function measurement(changes: Partial<Measurement> = {}): Measurement {
  return {
    tap: 'add_1',
    depth: 3,
    shape: '28x28x256',
    reduction: 'average-pool',
    features: 256,
    usedFeatures: 250,
    labelSet: 'class',
    classes: 10,
    probe: 'softmax',
    l2: 1e-4,
    seed: 0,
    selected: true,
    train: metrics(0.1),
    valid: metrics(0.2),
    test: metrics(0.21),
    candidates: 1,
    folds: null,
    foldErrors: [],
    seeds: null,
    leaveOneOut: null,
    optimalityGap: 3.14e-4,
    learningRate: null,
    epoch: null,
    converged: true,
    passes: 40,
    seconds: 1.5,
    ...changes,
  };
}

/** Metrics with a given error. */
export function metrics(error: number, changes: Partial<ProbeMetrics> = {}): ProbeMetrics {
  return {
    samples: 2000,
    loss: 3 * error,
    error,
    top5Error: error / 4,
    calibrationError: error / 9,
    ...changes,
  };
}

/** A chain of taps whose error falls with depth, for one label set. */
export function chain(taps: readonly string[], changes: Partial<Measurement> = {}): Measurement[] {
  return taps.map((tap, index) => {
    const error = 0.9 * (1 - index / taps.length) ** 1.5 + 0.02;
    return measurement({
      tap,
      depth: 2 * index + 1,
      train: metrics(0.8 * error, { samples: 12000 }),
      valid: metrics(error),
      test: metrics(Math.min(1, error + 0.012)),
      ...changes,
    });
  });
}

/** A made-up step from one tap to another, on 2,000 test samples. */
export function step(
  from: string,
  to: string,
  changes: Partial<DepthStep> = {},
  reduction = 'average-pool',
): DepthStep {
  return {
    labelSet: 'class',
    from: { tap: from, reduction },
    to: { tap: to, reduction },
    split: 'test',
    samples: 2000,
    newlyWrong: 40,
    newlyRight: 100,
    change: -0.03,
    interval: { low: -0.0415, high: -0.0185 },
    p: 1e-6,
    folds: null,
    adjustedP: 2e-6,
    ...changes,
  };
}

/** A made-up label set of ten classes. */
export function labelSet(changes: Partial<LabelSetRecord> = {}): LabelSetRecord {
  return {
    name: 'class',
    controlOf: null,
    classes: 10,
    labelled: { train: 12000, valid: 2000, test: 2000 },
    unlabelled: { train: 0, valid: 0, test: 0 },
    chance: {
      train: { error: 0.895, loss: 2.295 },
      valid: { error: 0.9, loss: 2.31 },
      test: { error: 0.9, loss: 2.31 },
    },
    model: {
      train: null,
      valid: { samples: 2000, loss: 0.093, error: 0.031, top5Error: 0.00775 },
      test: { samples: 2000, loss: 0.102, error: 0.034, top5Error: 0.002 },
    },
    ...changes,
  };
}

/** A made-up run. */
export function run(changes: Partial<RunRecord> = {}): RunRecord {
  const identity = { formatVersion: 1, dtype: 'float32', seed: 1 } as unknown as CacheIdentity;
  return {
    strataVersion: '0.1.0',
    started: '2026-11-23T17:45:00.000Z',
    names: { dataset: 'glyphs', model: 'glyphnet' },
    cache: {
      fingerprint: 'ab'.repeat(32),
      identity,
      samples: { train: 12000, valid: 2000, test: 2000 },
    },
    options: {
      cache: 'data/cache/glyphs',
      out: 'data/runs/glyphs',
      taps: ['add_1'],
      reductions: ['average-pool'],
      labels: ['class'],
      kind: 'softmax',
      l2: [1e-5, 1e-4, 1e-3],
      seed: 0,
      tolerance: 0.01,
      maxPasses: 500,
      folds: 0,
      seeds: 1,
      memoryBytes: 2 ** 30,
      backend: 'auto',
    },
    backend: { name: 'tensorflow', version: '2.21.0' },
    machine: { cpu: 'A CPU', cores: 2, memoryBytes: 16 * 2 ** 30, node: 'v20.20.2', platform: 'linux x64' },
    seconds: { read: 1.25, train: 130.5, report: 0.5 },
    quarantined: { train: 0, valid: 0, test: 0 },
    labelSets: [labelSet()],
    warnings: [],
    notes: ['Features are stored as float32, as the model computed them.'],
    ...changes,
  };
}

/** A residual network of two merges: `input`, `conv_1`, `add_1`, `conv_2`, `add_2` and a `probs` at the end. */
export const topology: Topology = {
  taps: [
    tap('input', []),
    tap('conv_1', ['input']),
    tap('add_1', ['conv_1', 'input']),
    tap('conv_2', ['add_1']),
    tap('add_2', ['conv_2', 'add_1']),
    tap('probs', ['add_2']),
  ].map((one, depth) => ({ ...one, depth })),
};

function tap(name: string, inputs: readonly string[]) {
  const kind = /^[a-z]+/.exec(name)![0];
  return {
    name,
    kind: { conv: 'convolution', add: 'merge', probs: 'dense' }[kind] ?? kind,
    op: kind,
    shape: [8, 8, 4],
    inputs,
  };
}
