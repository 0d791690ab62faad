import { describe, expect, it } from 'vitest';
import { checkpointPlots, compareByDepth, compareByStep } from '../../src/report/checkpoint-plots.js';
import { plotCsv } from '../../src/report/plot-csv.js';
import { layOutPlot } from '../../src/report/plot-layout.js';
import { plotSvg } from '../../src/report/plot-svg.js';
import { exampleCheckpoints } from './example-checkpoints.js';
import { elementsOf } from './xml-elements.js';

const TAPS = ['input', 'conv1', 'logits'];
const ERROR = { labelSet: 'class', quantity: 'error' } as const;
const falling = (tap: number, step: number, seed: number) => 0.5 / (1 + tap * step) + 0.01 * seed;

describe('compareByDepth', () => {
  it('has a line for each step, in their order, through the taps by depth', () => {
    const run = exampleCheckpoints({ taps: TAPS, steps: [0, 10, 200], error: falling });
    const [facet] = compareByDepth(run, ERROR).facets;
    expect(facet!.series.map(({ name, points }) => [name, points.map(({ y }) => Math.round(y))])).toEqual([
      ['step 0', [50, 50, 50]],
      ['step 10', [50, 25, 17]],
      ['step 200', [50, 17, 10]],
    ]);
    expect(facet!.references.map(({ name }) => name)).toEqual(['chance']);
  });

  it('has the mean over seeds, and a band of one deviation of a sample about it', () => {
    const run = exampleCheckpoints({ taps: ['conv1'], steps: [0], seeds: [1, 2, 3], error: falling });
    const plot = compareByDepth(run, ERROR);
    const [line] = plot.facets[0]!.series;
    expect(line).toMatchObject({ intervals: 'band' });
    expect(line!.points[0]!.y).toBeCloseTo(51, 10);
    expect(line!.points[0]!.interval!.low).toBeCloseTo(50, 10);
    expect(line!.points[0]!.interval!.high).toBeCloseTo(52, 10);
    expect(plot.key).toEqual(['lines: mean over 3 seeds, bands: ± one standard deviation']);
  });

  it('has the interval of the error where there is one seed, and marks what did not converge', () => {
    const changes = { converged: false };
    const plot = compareByDepth(
      exampleCheckpoints({ taps: TAPS, steps: [1], error: falling, changes }),
      ERROR,
    );
    const [point] = plot.facets[0]!.series[0]!.points;
    expect(point).toMatchObject({
      interval: { low: expect.closeTo(47.8, 2), high: expect.closeTo(52.2, 2) },
      converged: false,
    });
    expect(plot.key).toEqual(['bars: 95 % interval; hollow: not converged']);
  });

  it('says the chance level in words where it would flatten every line, and shows hundredths then', () => {
    const run = exampleCheckpoints({ taps: TAPS, steps: [0, 1], error: () => 0.02 });
    const plot = compareByDepth(run, ERROR);
    expect(plot.facets[0]!.references).toEqual([]);
    expect(plot.key).toEqual(['bars: 95 % interval; chance: 90.0 %, far above']);
    expect(layOutPlot(plot).lineLabels[0]![0]!.text).toBe('step 0 2.00 %');
  });

  it('leaves out a tap that one checkpoint has no probe of', () => {
    const run = exampleCheckpoints({ taps: TAPS, steps: [0, 1], error: falling });
    const [first, second] = run.results;
    const less = { ...second!, measurements: second!.measurements.slice(1) };
    const [facet] = compareByDepth({ ...run, results: [first!, less] }, ERROR).facets;
    expect(facet!.series.map(({ points }) => points.length)).toEqual([3, 2]);
  });
});

describe('compareByStep', () => {
  it('has a line for each tap and one for the network itself, along the steps', () => {
    const run = exampleCheckpoints({ taps: TAPS, steps: [0, 10, 200], error: falling });
    const plot = compareByStep(run, ERROR)!;
    expect(plot.facets[0]!.series.map(({ name }) => name)).toEqual([...TAPS, 'network itself']);
    expect(plot.facets[0]!.series[1]!.points.map(({ tap, y }) => [tap, Math.round(y)])).toEqual([
      ['0', 50],
      ['10', 25],
      ['200', 17],
    ]);
  });

  it('needs two steps', () => {
    expect(compareByStep(exampleCheckpoints({ taps: TAPS, steps: [5], error: falling }), ERROR)).toBeNull();
    const seeds = exampleCheckpoints({ taps: TAPS, steps: [null], seeds: [1, 2], error: falling });
    expect(compareByStep(seeds, ERROR)).toBeNull();
    expect(compareByDepth(seeds, ERROR).facets[0]!.series.map(({ name }) => name)).toEqual(['the network']);
  });

  it('labels 24 of 130 lines, the first and the last among them, and names every point to screen readers', async () => {
    const taps = Array.from({ length: 130 }, (_, at) => `dense_${at}`);
    const plot = compareByStep(exampleCheckpoints({ taps, steps: [0, 1], error: falling }), ERROR)!;
    const { texts, labels } = elementsOf(await plotSvg(plot));
    const shown = texts.filter((text) => text.startsWith('dense_'));
    expect(shown.length).toBeGreaterThanOrEqual(23);
    expect(shown.length).toBeLessThanOrEqual(24);
    expect(shown.some((text) => text.startsWith('dense_0 '))).toBe(true);
    for (const tap of taps) expect(labels.some((label) => label.startsWith(`1, ${tap}: `))).toBe(true);
  });

  it('is written as CSV with a column of steps', () => {
    const run = exampleCheckpoints({ taps: ['conv1'], steps: [0, 10], error: falling });
    expect(plotCsv(compareByStep(run, ERROR)!)).toBe(
      'panel,line,step,value,low,high,converged\n' +
        ',conv1,0,50,47.7989751442,52.2010248558,true\n,conv1,10,50,47.7989751442,52.2010248558,true\n' +
        ',network itself,0,50,47.7989751442,52.2010248558,true\n,network itself,10,50,47.7989751442,52.2010248558,true\n,chance,,90,,,\n',
    );
  });

  it('puts its steps where they belong, and leaves out names that would touch', async () => {
    const run = exampleCheckpoints({ taps: TAPS, steps: [0, 1000, 1010, 2000], error: falling });
    const plot = compareByStep(run, ERROR)!;
    expect(layOutPlot(plot).shownTaps).toEqual([0, 1, 3]);
    const { texts } = elementsOf(await plotSvg(plot));
    expect(texts).toEqual(expect.arrayContaining(['0', '1000', '2000', 'training step']));
    expect(texts).not.toContain('1010');
  });
});

describe('checkpointPlots', () => {
  it('are error and loss of each label set, by depth and by step, with the same bytes each time', async () => {
    const run = exampleCheckpoints({ taps: TAPS, steps: [0, 10], seeds: [1, 2], error: falling });
    const plots = checkpointPlots(run);
    expect(plots.map(({ name }) => name)).toEqual([
      'error-by-depth.class',
      'error-by-step.class',
      'loss-by-depth.class',
      'loss-by-step.class',
    ]);
    for (const plot of plots) expect(await plotSvg(plot)).toBe(await plotSvg(plot));
  });
});
