import { describe, expect, it } from 'vitest';
import { branchFindings } from '../../scripts/experiments/branches.js';
import { factorFindings, factorTable, NUISANCES } from '../../scripts/experiments/factors.js';
import { choiceOf } from '../../scripts/experiments/imagenette.js';
import {
  figure4Findings,
  figure4Table,
  PAPER_FIGURE_4,
} from '../../scripts/experiments/imagenette-findings.js';
import { shownTaps, skipFindings } from '../../scripts/experiments/mlp-findings.js';
import { comparisonTable, mnistFindings } from '../../scripts/experiments/mnist-findings.js';
import { GLYPH_INCEPTION_TAPS } from '../../scripts/experiments/networks/glyph-inception.js';
import type { Probed } from '../../scripts/experiments/probed.js';
import { controlFindings, controlTable, leastRegularised } from '../../scripts/experiments/random-labels.js';
import type { Measurement } from '../../src/probe/measurement.js';
import { labelSet, measurement, metrics, run } from '../report/example-run.js';

/** Probes of a chain of taps with the test errors given, of the classes unless another label set is named. */
function probes(errors: Readonly<Record<string, number>>, changes: Partial<Measurement> = {}): Measurement[] {
  return Object.entries(errors).map(([tap, error], depth) =>
    measurement({ tap, depth, labelSet: 'label', test: metrics(error), ...changes }),
  );
}

function probed(measurements: readonly Measurement[], changes: Partial<Probed> = {}): Probed {
  return {
    step: null,
    modelSeed: null,
    deadSegments: [],
    measurements,
    run: run({ labelSets: [labelSet({ name: 'label' })] }),
    ...changes,
  };
}

describe('mlp-128', () => {
  const at = (errors: Readonly<Record<string, number>>) => ({
    probed: [probed(probes(errors), { step: 9 })],
    files: [],
  });
  const runs = {
    'with-skip': at({ layer_001: 0.1, layer_002: 0.8, skip: 0.08, layer_003: 0.05, layer_004: 0.04 }),
    'without-skip': at({ layer_001: 0.1, layer_004: 0.88 }),
  };
  const kernels = ['layer_001', 'layer_002', 'layer_003', 'layer_004', 'logits'].map((layer, place) => ({
    layer,
    size: 0.1 + place,
    change: place < 2 ? 0.001 : 0.2,
  }));

  it('names the errors at both ends of each half, and what became of the weights', () => {
    const text = skipFindings({ layers: 4, runs, kernels }).map(({ here }) => here);
    expect(text[2]).toBe(
      'probes: 10.00 % at layer_001, 80.00 % at layer_002, 8.00 % where the image joins, 4.00 % at layer_004',
    );
    expect(text[3]).toBe(
      'root mean square 0.600 in the first half, 2.600 in the second; training moved them by 0.10 % and 20.00 %',
    );
  });

  it('names what strata found dead once, with the steps at which it did', () => {
    const segment = {
      first: { tap: 'layer_001' },
      last: { tap: 'layer_002' },
      merge: 'skip',
      evidence: 'gains nothing',
      verdict: 'dead' as const,
    };
    const errors = { layer_001: 0.1, layer_002: 0.8, skip: 0.08, layer_004: 0.04 };
    const joined = [0, 500, 4000].map((step) =>
      probed(probes(errors), { step, deadSegments: step === 500 ? [] : [segment] }),
    );
    const both = { ...runs, 'with-skip': { probed: joined, files: [] } };
    expect(skipFindings({ layers: 4, runs: both, kernels }).at(-1)?.here).toBe(
      'strata names by itself, with the skip connection: layer_001 to layer_002, bypassed at skip (gains nothing), ' +
        'at step 0, 4000; without it: none',
    );
    const unsure = [
      probed(probes(errors), { step: 0, deadSegments: [{ ...segment, verdict: 'undecided' }] }),
    ];
    const found = skipFindings({
      layers: 4,
      runs: { ...runs, 'with-skip': { probed: unsure, files: [] } },
      kernels,
    });
    expect(found.at(-1)?.here).toContain('bypassed at skip (undecided), at step 0;');
  });

  it('shows the ends, both sides of the merge and every 16th layer', () => {
    const layers = Array.from({ length: 40 }, (_, place) => `layer_${String(place + 1).padStart(3, '0')}`);
    const taps = ['input', ...layers.slice(0, 20), 'skip', ...layers.slice(20), 'logits'];
    expect(shownTaps(taps)).toEqual([
      ...[
        'input',
        'layer_001',
        'layer_016',
        'layer_020',
        'skip',
        'layer_021',
        'layer_032',
        'layer_040',
        'logits',
      ],
    ]);
  });
});

describe('mnist-convnet', () => {
  const taps = ['input', 'conv1_postact', 'conv2_postpool', 'fc1_preact', 'logits'];
  const one = (step: number, modelSeed: number, errors: readonly number[]) =>
    probed(probes(Object.fromEntries(taps.map((tap, place) => [tap, errors[place]!]))), { step, modelSeed });
  const seeds = [
    one(0, 1, [0.08, 0.03, 0.02, 0.03, 0.4]),
    one(9, 1, [0.08, 0.04, 0.02, 0.021, 0.01]),
    one(0, 2, [0.08, 0.03, 0.02, 0.03, 0.4]),
    one(9, 2, [0.08, 0.04, 0.02, 0.018, 0.01]),
  ];

  it('finds the fall through first weights, the first ReLU, and whether there is a kink', () => {
    const text = mnistFindings(seeds, { taps, end: 9 }).map(({ here }) => here);
    expect(text[0]).toBe('from 8.00 ± 0.00 % at input to 2.00 ± 0.00 % at conv2_postpool');
    expect(text[1]).toBe('the biggest fall is at conv1_postact: 5.00 points, 83 % of the whole');
    expect(text[3]).toBe(
      'in some seeds: -0.05 ± 0.21 points against the tap before it, a rise in 1 of 2 seeds',
    );
    const [kink] = mnistFindings(seeds.slice(0, 2), { taps, end: 9 }).slice(3);
    expect(kink?.here).toMatch(/^yes: 0.10/);
    expect(mnistFindings(seeds.slice(2), { taps, end: 9 })[3]?.here).toMatch(/^no: /);
  });

  it('compares one seed with its probes on all features, where there are some', () => {
    const all = new Map(
      [0, 9].map((step) => [step, { probed: [probed(probes({ conv1_postact: 0.02 }))], files: [] }]),
    );
    const { header, rows } = comparisonTable({
      ...{ taps, seed: 2, ends: [0, 9] },
      some: { probed: seeds, files: [] },
      whole: all,
    });
    expect(rows).toEqual([['conv1_postact', '3.00', '2.00', '4.00', '2.00']]);
    expect(header).toHaveLength(5);
  });
});

describe('branches', () => {
  it('says at which moments the auxiliary head leads, and does not count the first weights', () => {
    const moment = (step: number, main: number, auxiliary: number) => {
      const taps = [...GLYPH_INCEPTION_TAPS.main, ...GLYPH_INCEPTION_TAPS.auxiliary].map(
        (tap) => [tap, 0.5] as const,
      );
      return probed(probes({ ...Object.fromEntries(taps), logits: main, aux_logits: auxiliary }), { step });
    };
    const [heads] = branchFindings([moment(0, 0.9, 0.8), moment(50, 0.6, 0.5), moment(200, 0.2, 0.3)]);
    expect(heads?.here).toContain('50.00 % and 60.00 % at step 50');
    expect(heads?.here.endsWith('it leads at step 50')).toBe(true);
  });
});

describe('factors', () => {
  const sets = ['label', ...NUISANCES];
  const rows = sets.flatMap((name, place) =>
    probes(
      {
        image: name === 'label' ? 0.7 : 0.2,
        add_1: 0.1 + place / 100,
        logits: name === 'label' ? 0.01 : 0.6,
      },
      { labelSet: name },
    ),
  );
  const one = probed(rows, { run: run({ labelSets: sets.map((name) => labelSet({ name })) }) });

  it('are a table of tap by label set, with chance below', () => {
    const { header, rows: table } = factorTable('', one);
    expect(header).toEqual(['tap', ...sets]);
    expect(table.map(([tap, label]) => [tap, label])).toEqual([
      ['image', '70.00'],
      ['add_1', '10.00'],
      ['logits', '1.00'],
      ['chance', '90.00'],
    ]);
  });

  it('are followed from the tap where each is easiest to read to the end', () => {
    const [label, nuisances] = factorFindings(one);
    expect(label?.here).toContain('from 70.00 % at image to 1.00 % at logits');
    expect(nuisances?.here).toContain('rotation 11.00 % at add_1, 60.00 % at logits');
  });
});

describe('random-labels', () => {
  const rows = [30, 100, 300, 1000, 3000].flatMap((features) => {
    const own = { tap: 'add_2', reduction: `random-subset:${features}`, features };
    const hard = Math.max(0, 0.8 - features / 1000);
    return [
      measurement({ ...own, labelSet: 'label' }),
      measurement({
        ...own,
        labelSet: 'random(label)',
        l2: 1,
        train: metrics(0.85),
        test: metrics(0.9),
        seeds: { count: 3, errorMean: 0.9, errorSd: 0.01 },
      }),
      measurement({
        ...own,
        labelSet: 'random(label)',
        l2: 1e-6,
        selected: false,
        train: metrics(hard),
        test: null,
      }),
    ];
  });

  it('are what the least regularised probe makes of them, beside the selected one', () => {
    expect(
      leastRegularised({ measurements: rows }, { reduction: 'random-subset:100', labelSet: 'random(label)' })
        .l2,
    ).toBe(1e-6);
    const { header, rows: table } = controlTable(probed(rows));
    expect(table).toHaveLength(5);
    expect(table[1]?.slice(0, 6)).toEqual(['100', '0.050', '70.00', '85.00', '90.00', '90.00 ± 1.00']);
    for (const cells of table) expect(cells).toHaveLength(header.length);
  });

  it('are fitted without an error from some number of features on', () => {
    expect(controlFindings(probed(rows))[0]?.here).toContain('without an error from 1000 features on');
  });
});

describe('imagenette', () => {
  it("has the table of Figure 4a, with the paper's own numbers where the network is the paper's", () => {
    const one = probed(probes({ input_1: 0.9, add: 0.5, add_1: 0.3 }));
    const { header, rows } = figure4Table(one, PAPER_FIGURE_4);
    expect(header.at(-1)).toContain('1000 classes');
    expect(rows).toEqual([
      ['input_1', '(28, 28, 256)', '0.900', '0.99'],
      ['add', '(28, 28, 256)', '0.500', '0.94'],
      ['add_1', '(28, 28, 256)', '0.300', '0.89'],
    ]);
    expect(figure4Table(one).rows[0]).toHaveLength(3);
    expect(figure4Findings(one)[0]?.here).toContain('it rises nowhere');
  });

  it('takes data and network from the environment, and then no class map but the one that is named', () => {
    const network = { model: 'm', classMap: 'map' };
    expect(choiceOf(network, {})).toMatchObject({ model: 'm', classMap: 'map', from: 'at hand' });
    expect(choiceOf(network, { DATASET: 'folder:d', MODEL: 'r' })).toEqual({
      dataset: 'folder:d',
      model: 'r',
      classMap: undefined,
      from: 'named',
    });
  });
});
