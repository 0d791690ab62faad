import { describe, expect, it } from 'vitest';
import { errorByDepth, lossByDepth } from '../../src/report/depth-plot.js';
import { overviewByDepth } from '../../src/report/overview-plot.js';
import { plotCsv } from '../../src/report/plot-csv.js';
import { withSteps } from '../../src/report/plot-depth-steps.js';
import { layOutPlot } from '../../src/report/plot-layout.js';
import { plotSvg } from '../../src/report/plot-svg.js';
import { chain, labelSet, measurement, metrics, run, step } from './example-run.js';
import { elementsOf } from './xml-elements.js';

const TAPS = ['input', 'conv1', 'block_1/add', 'block_2/add', 'predictions'];

describe('plotSvg', () => {
  it('is well-formed and shows every tap, every split and both reference lines', async () => {
    const svg = await plotSvg(errorByDepth(chain(TAPS), run(), 'class'));
    const { texts, labels } = elementsOf(svg);
    for (const tap of TAPS) expect(texts).toContain(tap);
    for (const split of ['train', 'valid', 'test']) {
      expect(texts.some((text) => text.startsWith(`${split} `))).toBe(true);
    }
    expect(texts).toContain('model itself, test 3.4 %');
    expect(texts).toContain('chance 90.0 %');
    expect(labels).toContain('chance: 90.0 %');
    expect(texts).toContain('glyphnet on glyphs, label set class');
  });

  it('has no background, so that it reads on white and on dark', async () => {
    const svg = await plotSvg(errorByDepth(chain(TAPS), run(), 'class'));
    expect(svg).not.toMatch(/fill="(white|black|#fff|#ffffff|#000|#000000)"/i);
    expect(svg).toContain('fill="#767676"');
  });

  it('has the same bytes each time', async () => {
    const plot = errorByDepth(chain(TAPS), run(), 'class');
    expect(await plotSvg(plot)).toBe(await plotSvg(plot));
  });

  it('escapes hostile names', async () => {
    const name = `<script>alert("1")</script>$&'\u0001`;
    const hostile = run({ names: { dataset: name, model: name }, labelSets: [labelSet({ name })] });
    const svg = await plotSvg(errorByDepth(chain([name], { labelSet: name }), hostile, name));
    expect(svg).not.toContain('<script');
    expect(elementsOf(svg).names).not.toContain('script');
  });

  it('shows each 5th of 130 names, and names every point to screen readers', async () => {
    const taps = Array.from({ length: 130 }, (_, index) => `activation_${index}`);
    const { texts, labels } = elementsOf(await plotSvg(errorByDepth(chain(taps), run(), 'class')));
    expect(texts.filter((text) => text.startsWith('activation_'))).toHaveLength(26);
    for (const tap of taps) expect(labels.some((label) => label.startsWith(`${tap}, test: `))).toBe(true);
  });
});

describe('errorByDepth', () => {
  it('orders taps by depth, not by name', () => {
    const rows = [measurement({ tap: 'a', depth: 9 }), measurement({ tap: 'z', depth: 1 })];
    const plot = errorByDepth(rows, run(), 'class');
    expect(plot.taps.map(({ name }) => name)).toEqual(['z', 'a']);
    expect(plot.facets[0]!.series[0]!.points.map(({ tap }) => tap)).toEqual(['z', 'a']);
  });

  it('keeps one panel where each tap has one reduction, and has one for each where a tap has several', () => {
    const mixed = [measurement(), measurement({ tap: 'dense', reduction: 'flatten' })];
    expect(errorByDepth(mixed, run(), 'class').facets.map(({ title }) => title)).toEqual([null]);
    const several = [measurement(), measurement({ reduction: 'max-pool' })];
    const titles = errorByDepth(several, run(), 'class').facets.map(({ title }) => title);
    expect(titles).toEqual(['average-pool', 'max-pool']);
  });

  it('leaves the test line and the model line out where there are none', () => {
    const none = { train: null, valid: null, test: null };
    const plot = errorByDepth(
      chain(TAPS, { test: null }),
      run({ labelSets: [labelSet({ model: none })] }),
      'class',
    );
    expect(plot.facets[0]!.series.map(({ name }) => name)).toEqual(['train', 'valid']);
    expect(plot.facets[0]!.references.map(({ name }) => name)).toEqual(['chance']);
  });

  it('has the interval of every error but those on train, and marks probes that did not converge', async () => {
    const rows = chain(['a', 'b']);
    const plot = errorByDepth([rows[0]!, { ...rows[1]!, converged: false }], run(), 'class');
    expect(plot.key).toEqual(['bars: 95 % interval; hollow: not converged']);
    const [train, , test] = plot.facets[0]!.series;
    expect(train!.points[0]!.interval).toBeNull();
    expect(test!.points[0]!.interval).toEqual({ low: expect.closeTo(92.02), high: expect.closeTo(94.24) });
    const { texts, labels } = elementsOf(await plotSvg(plot));
    expect(texts).toContain(plot.key[0]);
    expect(labels).toContain('a, test: 93.2 % (92.0 to 94.2)');
    expect(labels).toContain('a, train: 73.6 %');
    expect(labels).toContain('b, valid: 33.8 % (31.7 to 35.9), not converged');
    expect(labels).toContain('model itself, test: 3.4 % (2.7 to 4.3)');
    expect(plotCsv(plot)).toMatch(/,test,b,3,35.0198051534,32.91\d+,37.11\d+,false\n/);
    expect(plotCsv(plot)).toMatch(/,"model itself, test",,,3.4,2.65\d+,4.27\d+,\n/);
  });

  it('has mean and deviation over folds and seeds as lines of their own', () => {
    const folds = { count: 5, errorMean: 0.25, errorSd: 0.02 };
    const seeds = { count: 3, errorMean: 0.01, errorSd: 0.03 };
    const plot = errorByDepth([measurement({ folds, seeds })], run(), 'class');
    expect(plot.key).toEqual(['bars: 95 % interval, of folds and seeds one deviation']);
    const bars = plot.facets[0]!.series.map(({ name, points }) => [name, points[0]!.y, points[0]!.interval]);
    expect(bars.slice(3)).toEqual([
      ['folds', 25, { low: expect.closeTo(23), high: expect.closeTo(27) }],
      ['seeds', 1, { low: 0, high: 4 }],
    ]);
  });

  it('has no key where there is nothing to explain', () => {
    expect(lossByDepth(chain(TAPS), run(), 'class').key).toEqual([]);
  });

  it('makes a file name without separators out of any label set', () => {
    expect(errorByDepth([], run(), '../a/b').name).toBe('error-by-depth...%2Fa%2Fb');
  });
});

describe('lossByDepth', () => {
  it('compares with the loss of the best constant prediction and leaves out losses that are not finite', () => {
    const rows = [
      measurement(),
      measurement({ tap: 'bad', depth: 4, test: metrics(1, { loss: Number.NaN }) }),
    ];
    const [facet] = lossByDepth(rows, run(), 'class').facets;
    expect(facet!.references.at(-1)).toMatchObject({ name: 'chance', y: 2.31 });
    expect(facet!.series.at(-1)!.points).toHaveLength(1);
  });
});

describe('overviewByDepth', () => {
  it('has a line for each label set, in % of its chance level', () => {
    const half = { error: 0.5, loss: Math.log(2) };
    const chance = { train: half, valid: half, test: half };
    const labelSets = [labelSet(), labelSet({ name: 'side', chance })];
    const rows = [measurement(), measurement({ labelSet: 'side', test: metrics(0.25) })];
    const [facet] = overviewByDepth(rows, run({ labelSets })).facets;
    expect(facet!.series.map(({ name, points }) => [name, points[0]!.y])).toEqual([
      ['class', expect.closeTo(23.333, 2)],
      ['side', 50],
    ]);
  });
});

describe('an overview of a run with folds', () => {
  it('has them in a panel of their own, in % of the chance level of train', () => {
    const folds = { count: 5, errorMean: 0.179, errorSd: 0.0179 };
    const plot = overviewByDepth([measurement({ folds })], run());
    expect(plot.facets.map(({ title }) => title)).toEqual([
      'test, bars: 95 % interval',
      'folds of train left out: mean, bars: one deviation',
    ]);
    expect(plot.facets[1]!.series[0]!.points[0]).toMatchObject({
      y: expect.closeTo(20),
      interval: { low: expect.closeTo(18), high: expect.closeTo(22) },
    });
    const without = overviewByDepth([measurement()], run());
    expect(without.facets.map(({ title }) => title)).toEqual([null]);
    expect(without.key).toEqual(['bars: 95 % interval']);
  });
});

describe('withSteps', () => {
  it('has a mark above each tap that a step comes to, and says what it means', async () => {
    const steps = [
      step('input', 'conv1'),
      step('conv1', 'block_1/add', { adjustedP: 0.2 }),
      step('block_1/add', 'predictions', { change: 0.03, interval: { low: 0.01, high: 0.05 } }),
    ];
    const plot = withSteps(errorByDepth(chain(TAPS), run(), 'class'), steps);
    expect(plot.facets[0]!.steps.map(({ tap, verdict }) => [tap, verdict])).toEqual([
      ['conv1', 'falls'],
      ['block_1/add', 'within noise'],
      ['predictions', 'rises'],
    ]);
    const { texts, labels } = elementsOf(await plotSvg(plot));
    expect(texts.join(' ')).toContain(plot.key.at(-1));
    expect(labels).toContain('input to conv1: -3.00 (-4.15 to -1.85), falls');
    expect(labels).toContain('block_1/add to predictions: 3.00 (1.00 to 5.00), rises');
  });

  it('takes the steps of its reduction where a panel is of one', () => {
    const rows = ['a', 'b'].flatMap((tap, at) =>
      ['flatten', 'max-pool'].map((reduction) => measurement({ tap, depth: at, reduction })),
    );
    const steps = [step('a', 'b', {}, 'flatten'), step('a', 'b', { change: 0.03 }, 'max-pool')];
    const plot = withSteps(errorByDepth(rows, run(), 'class'), steps);
    expect(plot.facets.map(({ title, steps: own }) => [title, own[0]!.verdict])).toEqual([
      ['flatten', 'falls'],
      ['max-pool', 'rises'],
    ]);
  });

  it('leaves a plot without steps as it is', () => {
    const plot = errorByDepth(chain(TAPS), run(), 'class');
    expect(withSteps(plot, [])).toBe(plot);
  });
});

describe('layOutPlot', () => {
  it('ends the y axis at a round number above everything drawn', () => {
    const layout = layOutPlot(errorByDepth(chain(TAPS), run(), 'class'));
    expect(layout.yTicks).toEqual([0, 20, 40, 60, 80, 100]);
    expect(layout.yMax).toBe(100);
  });

  it('grows a panel to hold the labels of many lines', () => {
    const labelSets = Array.from({ length: 30 }, (_, index) => labelSet({ name: `set ${index}` }));
    const rows = labelSets.map(({ name }) => measurement({ labelSet: name }));
    const layout = layOutPlot(overviewByDepth(rows, run({ labelSets })));
    const ys = layout.lineLabels[0]!.map(({ y }) => y).sort((a, b) => a - b);
    expect(Math.min(...ys.slice(1).map((y, index) => y - ys[index]!))).toBeGreaterThanOrEqual(15.9);
    expect(ys.at(-1)).toBeLessThanOrEqual(layout.panelHeight);
  });
});

describe('plotCsv', () => {
  it('has a row for each point and reference line, quoted where needed', () => {
    const rows = [measurement({ tap: 'a,"b"', test: null })];
    const none = { train: null, valid: null, test: null };
    const plot = errorByDepth(rows, run({ labelSets: [labelSet({ model: none })] }), 'class');
    expect(plotCsv(plot)).toBe(
      'panel,line,tap,depth,value,low,high,converged\n,train,"a,""b""",3,10,,,true\n' +
        ',valid,"a,""b""",3,20,18.285419384,21.811834494,true\n,chance,,,90,,,\n',
    );
  });
});
