import { describe, expect, it } from 'vitest';
import {
  errorAt,
  hasExtracted,
  hasTrained,
  type Probed,
  percentSpread,
  probeRunOf,
  spreadOf,
  tapsIn,
} from '../../scripts/experiments/probed.js';
import { commandText } from '../../scripts/experiments/strata-command.js';
import {
  changeAt,
  largestFall,
  lowest,
  risesText,
  stepTable,
  tapErrors,
} from '../../scripts/experiments/tap-errors.js';
import { labelSet, measurement, metrics, run } from '../report/example-run.js';

function checkpoint(step: number, modelSeed: number, errors: Readonly<Record<string, number>>): Probed {
  const measurements = Object.entries(errors).map(([tap, error], depth) =>
    measurement({ tap, depth, labelSet: 'label', test: metrics(error) }),
  );
  const model = { train: null, valid: null, test: metrics(step === 0 ? 0.9 : 0.02) };
  return {
    step,
    modelSeed,
    measurements,
    deadSegments: [],
    run: run({ labelSets: [labelSet({ name: 'label', model })] }),
  };
}

const TAPS = ['input', 'relu', 'fc', 'logits'];
const PROBED = [
  checkpoint(0, 1, { input: 0.08, relu: 0.03, fc: 0.035, logits: 0.04 }),
  checkpoint(9, 1, { input: 0.08, relu: 0.02, fc: 0.021, logits: 0.01 }),
  checkpoint(0, 2, { input: 0.08, relu: 0.05, fc: 0.045, logits: 0.06 }),
  checkpoint(9, 2, { input: 0.08, relu: 0.02, fc: 0.019, logits: 0.01 }),
];
const START = tapErrors(
  PROBED.filter(({ step }) => step === 0),
  TAPS,
);

describe('the printed results of strata', () => {
  it('are of several checkpoints or of one network', () => {
    const files = ['report.html'];
    expect(probeRunOf({ checkpoints: PROBED, files })).toEqual({ probed: PROBED, files });
    const { run: record, measurements, deadSegments } = PROBED[0]!;
    const [one] = probeRunOf({ run: record, measurements, deadSegments, files }).probed;
    expect(one).toMatchObject({ step: null, modelSeed: null, measurements: PROBED[0]!.measurements });
  });

  it('say whether there was anything to do', () => {
    const kept = { ...PROBED[0]!, run: run({ seconds: { open: 1, report: 2 } }) };
    const trained = { ...PROBED[0]!, run: run({ seconds: { open: 1, probe: 2 } }) };
    expect(hasTrained({ probed: [kept], files: [] })).toBe(false);
    expect(hasTrained({ probed: [kept, trained], files: [] })).toBe(true);
    expect(hasExtracted({ samples: 0 })).toBe(false);
    expect(hasExtracted({ samples: 7 })).toBe(true);
    expect(hasExtracted({ checkpoints: [{ samples: 0 }, { samples: 3 }] })).toBe(true);
    expect(hasExtracted({ checkpoints: [{ samples: 0 }] })).toBe(false);
  });
});

describe('the error at a tap', () => {
  it('is that of the selected probe, on test, or on valid where there is no test', () => {
    const rows = [
      measurement({ tap: 'a', labelSet: 'label', selected: false, test: metrics(0.5) }),
      measurement({ tap: 'a', labelSet: 'label', test: null, valid: metrics(0.25) }),
      measurement({ tap: 'a', labelSet: 'hue', test: metrics(0.75) }),
    ];
    expect(errorAt({ measurements: rows }, { tap: 'a' })).toBe(0.25);
    expect(errorAt({ measurements: rows }, { tap: 'a', labelSet: 'hue' })).toBe(0.75);
    expect(() => errorAt({ measurements: rows }, { tap: 'b' })).toThrow('no probe of label at b');
  });

  it('is taken of taps in depth order', () => {
    expect(tapsIn(PROBED[0]!)).toEqual(TAPS);
  });
});

describe('errors from tap to tap', () => {
  it('are compared seed by seed', () => {
    expect(changeAt(START, 'fc').map((change) => change.toFixed(3))).toEqual(['0.005', '-0.005']);
    expect(() => changeAt(START, 'input')).toThrow(RangeError);
  });

  it('fall the most at one tap, are lowest at one, and rise by their means', () => {
    expect(largestFall(START)).toEqual({ tap: 'relu', change: expect.closeTo(-0.04, 12) });
    expect(lowest(START).tap).toBe('relu');
    expect(risesText(START)).toBe('at logits by 1.00 points');
    expect(risesText(START.slice(0, 2))).toBe('nowhere');
  });

  it('are a table with a column for each step, mean and deviation over its seeds', () => {
    const { header, rows } = stepTable('', PROBED, ['input', 'relu']);
    expect(header).toEqual(['tap', 'step 0', 'step 9']);
    expect(rows).toEqual([
      ['input', '8.00 ± 0.00', '8.00 ± 0.00'],
      ['relu', '4.00 ± 1.41', '2.00 ± 0.00'],
      ['the network itself', '90.00 ± 0.00', '2.00 ± 0.00'],
    ]);
  });
});

describe('a spread', () => {
  it('has the standard deviation of a sample, and none for one number', () => {
    expect(spreadOf([1, 2, 3, 4])).toEqual({ mean: 2.5, deviation: Math.sqrt(5 / 3), count: 4 });
    expect(percentSpread(spreadOf([0.125]))).toBe('12.50');
  });
});

describe('a command', () => {
  it('is written as it would be typed', () => {
    const args = ['extract', '--dataset', 'idx:data/mnist', '--taps', 'layer_*,logits', '--cache', "it's"];
    expect(commandText(args)).toBe(
      "strata extract --dataset idx:data/mnist --taps 'layer_*,logits' --cache 'it'\\''s'",
    );
  });
});
