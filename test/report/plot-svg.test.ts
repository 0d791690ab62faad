import { describe, expect, it } from 'vitest';
import { errorByDepth, lossByDepth, overviewByDepth } from '../../src/report/depth-plot.js';
import { plotCsv } from '../../src/report/plot-csv.js';
import { layOutPlot } from '../../src/report/plot-layout.js';
import { plotSvg } from '../../src/report/plot-svg.js';
import { chain, labelSet, measurement, metrics, run } from './example-run.js';
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

  it('shows each 4th of 130 names, and names every point to screen readers', async () => {
    const taps = Array.from({ length: 130 }, (_, index) => `activation_${index}`);
    const { texts, labels } = elementsOf(await plotSvg(errorByDepth(chain(taps), run(), 'class')));
    expect(texts.filter((text) => text.startsWith('activation_'))).toHaveLength(33);
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

  it('has the interval of the test error, and marks probes that did not converge', async () => {
    const rows = chain(['a', 'b'], { testErrorInterval: { low: 0.5, high: 1 } });
    const plot = errorByDepth([rows[0]!, { ...rows[1]!, converged: false }], run(), 'class');
    expect(plot.key).toBe('bars: 95 % interval of the test error; hollow: not converged');
    const [train, , test] = plot.facets[0]!.series;
    expect(train!.points[0]!.interval).toBeNull();
    expect(test!.points.map(({ interval }) => interval)).toEqual(new Array(2).fill({ low: 50, high: 100 }));
    const { texts, labels } = elementsOf(await plotSvg(plot));
    expect(texts).toContain(plot.key);
    expect(labels).toContain('a, test: 93.2 % (50.0 to 100.0)');
    expect(labels).toContain('b, valid: 33.8 %, not converged');
    expect(plotCsv(plot)).toContain(',test,b,3,35.0198051534,50,100,false\n');
  });

  it('has no key where there is nothing to explain', () => {
    expect(errorByDepth(chain(TAPS), run(), 'class').key).toBe('');
    const interval = { testErrorInterval: { low: 0.5, high: 1 } };
    expect(lossByDepth(chain(TAPS, interval), run(), 'class').key).toBe('');
  });

  it('makes a file name without separators out of any label set', () => {
    expect(errorByDepth([], run(), '../a/b').name).toBe('error-by-depth...%2Fa%2Fb');
  });
});

describe('lossByDepth', () => {
  it('compares with a uniform guess and leaves out losses that are not finite', () => {
    const rows = [
      measurement(),
      measurement({ tap: 'bad', depth: 4, test: metrics(1, { loss: Number.NaN }) }),
    ];
    const [facet] = lossByDepth(rows, run(), 'class').facets;
    expect(facet!.references.at(-1)!.y).toBeCloseTo(Math.log(10));
    expect(facet!.series.at(-1)!.points).toHaveLength(1);
  });
});

describe('overviewByDepth', () => {
  it('has a line for each label set, in % of its chance level', () => {
    const chance = { train: 0.5, valid: 0.5, test: 0.5 };
    const labelSets = [labelSet(), labelSet({ name: 'side', chanceError: chance })];
    const rows = [measurement(), measurement({ labelSet: 'side', test: metrics(0.25) })];
    const [facet] = overviewByDepth(rows, run({ labelSets })).facets;
    expect(facet!.series.map(({ name, points }) => [name, points[0]!.y])).toEqual([
      ['class', expect.closeTo(23.333, 2)],
      ['side', 50],
    ]);
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
        ',valid,"a,""b""",3,20,,,true\n,chance,,,90,,,\n',
    );
  });
});
