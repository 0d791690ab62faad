import { describe, expect, it } from 'vitest';
import { scaleColour } from '../../src/report/error-scale.js';
import { networkCsv } from '../../src/report/network-csv.js';
import { networkAnimation, networkPlot, networkSketch } from '../../src/report/network-plot.js';
import { networkSvg } from '../../src/report/network-svg.js';
import { network } from './example-network.js';
import { chain, labelSet, measurement, metrics, run } from './example-run.js';
import { elementsOf } from './xml-elements.js';

const NETWORK = network('input a:input b:a add:b,a c:add d:c end:d');
const PROBED = ['input', 'add', 'end'];
const CLASS = { labelSet: 'class' } as const;
const plot = networkPlot(NETWORK, chain(PROBED), run(), CLASS);

function fillsOf(svg: string): readonly string[] {
  return [...svg.matchAll(/<rect[^>]* rx="4" fill="(#\w+)"/g)].map(([, fill = '']) => fill);
}

describe('networkSvg', () => {
  it('is well-formed and prints each probe with its error in its colour', async () => {
    const svg = await networkSvg(plot);
    const { texts } = elementsOf(svg);
    for (const text of [...PROBED, '93.20 %', '52.19 %', '20.52 %', '2 layers', 'Conv2D'])
      expect(texts).toContain(text);
    const errors = [...plot.frames[0]!.values.values()].map(({ test }) => test!.error);
    expect(fillsOf(svg)).toEqual(errors.map((error) => scaleColour(plot.scale!, error)));
    expect(new Set(fillsOf(svg)).size).toBe(3);
  });

  it('names taps for the script of the page, and says on hover what each node stands for', async () => {
    const svg = await networkSvg(plot);
    expect([...svg.matchAll(/data-tap="([^"]*)"/g)].map(([, tap]) => tap)).toEqual(PROBED);
    const { texts } = elementsOf(svg);
    expect(texts).toContain(
      'add (Add, 8x8x4)\ntest error 52.19 % (50.00 to 54.40), average-pool, 256 features',
    );
    expect(texts).toContain('2 layers without a probe, c to d: 2 Conv2D');
    expect(texts).toContain('a (Conv2D, 8x8x4), no probe');
  });

  it('explains its colours by numbers', async () => {
    const { texts } = elementsOf(await networkSvg(plot));
    for (const tick of ['21', '50', '90', '% (chance)']) expect(texts).toContain(tick);
  });

  it('has the same bytes each time, and no background', async () => {
    const svg = await networkSvg(plot);
    expect(await networkSvg(plot)).toBe(svg);
    expect(svg).not.toMatch(/<rect[^>]*width="100%"/);
  });

  it('escapes hostile names', async () => {
    const name = `<script>"alert"</script>&'\u0001`;
    const topology = { taps: [{ name, kind: name, op: name, shape: [1], depth: 0, inputs: [] }] };
    const record = run({ names: { dataset: name, model: name }, labelSets: [labelSet({ name })] });
    const rows = chain([name], { labelSet: name, reduction: name });
    const svg = await networkSvg(networkPlot(topology, rows, record, { labelSet: name }));
    expect(elementsOf(svg).names).not.toContain('script');
    expect(svg).not.toContain('\u0001');
    await networkSvg(networkSketch(topology, { model: name, probed: new Set() })).then(elementsOf);
  });

  it('marks probes that did not converge', async () => {
    const rows = chain(PROBED, { converged: false });
    const svg = await networkSvg(networkPlot(NETWORK, rows, run(), CLASS));
    expect(elementsOf(svg).texts).toContain('*93.20 %');
    expect(svg.match(/stroke-dasharray/g)).toHaveLength(3);
  });

  it('stays readable for 128 layers: every node there, two columns of a paper wide at most', async () => {
    const names = Array.from({ length: 128 }, (_, at) => `dense_${at}`);
    const topology = network(
      names.map((name, at) => (at === 0 ? name : `${name}:dense_${at - 1}`)).join(' '),
    );
    const svg = await networkSvg(networkPlot(topology, chain(names), run(), CLASS));
    const { texts } = elementsOf(svg);
    for (const name of names) expect(texts).toContain(name);
    expect(Number(/ width="(\d+)"/.exec(svg)![1])).toBeLessThanOrEqual(992);
  });
});

describe('networkPlot', () => {
  it('shows of several reductions that with the lowest error on valid', () => {
    const rows = [
      measurement({ tap: 'add', reduction: 'flatten', valid: metrics(0.3), test: metrics(0.1) }),
      measurement({ tap: 'add', reduction: 'max-pool', valid: metrics(0.2), test: metrics(0.4) }),
      measurement({ tap: 'add', labelSet: 'other', valid: metrics(0.01) }),
    ];
    const { values } = networkPlot(NETWORK, rows, run(), CLASS).frames[0]!;
    expect([...values.values()].map(({ reduction, test }) => [reduction, test!.error])).toEqual([
      ['max-pool', 0.4],
    ]);
  });

  it('shows valid where test was not read', async () => {
    const rows = chain(PROBED, { test: null });
    const svg = await networkSvg(networkPlot(NETWORK, rows, run(), CLASS));
    expect(elementsOf(svg).texts).toContain('error of each probe on valid; grey: layers without a probe');
    expect(elementsOf(svg).texts).toContain('92.00 %');
  });

  it('makes a file name without separators out of any label set', () => {
    expect(networkPlot(NETWORK, [], run(), { labelSet: '../a' }).name).toBe('network...%2Fa');
  });
});

describe('a network in diode notation', () => {
  it('has a diode and a probe with its error beside each tap, which keeps no colour', async () => {
    const svg = await networkSvg(networkPlot(NETWORK, chain(PROBED), run(), { ...CLASS, style: 'diode' }));
    expect(fillsOf(svg)).toEqual(PROBED.map(() => '#ffffff'));
    expect(svg.match(/v-6l9 6l-9 6Z/g)).toHaveLength(3);
    expect(elementsOf(svg).texts).toContain('93.20 %');
  });

  it('has probes without numbers for a model that was not measured', async () => {
    const sketch = networkSketch(NETWORK, { model: 'net', probed: new Set(PROBED), style: 'diode' });
    const { texts } = elementsOf(await networkSvg(sketch));
    expect(texts.filter((text) => text === 'probe')).toHaveLength(3);
    expect(texts).toContain('7 layers, 3 of them with a probe');
    expect(texts.filter((text) => /%/.test(text))).toEqual([]);
  });
});

describe('networkAnimation', () => {
  const moments = [1, 0.5, 0.1].map((part, at) => ({
    label: `step ${100 * at}`,
    measurements: chain(PROBED).map((row) => ({ ...row, test: metrics(part * row.test!.error) })),
  }));
  const animation = networkAnimation(NETWORK, moments, run(), CLASS);

  it('has a labelled frame for each moment, of which one is seen where nothing moves', async () => {
    const svg = await networkSvg(animation);
    const { texts } = elementsOf(svg);
    for (const text of ['step 0', 'step 100', 'step 200', '93.20 %', '46.60 %', '9.32 %'])
      expect(texts).toContain(text);
    // A label and three nodes in each frame.
    expect(svg.match(/class="frame-\d-of-3"[^>]* visibility="hidden"/g)).toHaveLength(8);
    expect(svg.match(/class="frame-3-of-3"(?![^>]* visibility)/g)).toHaveLength(4);
    expect(svg.match(/data-label="[^"]*"/g)).toEqual([0, 100, 200].map((at) => `data-label="step ${at}"`));
    expect(svg).toContain('prefers-reduced-motion:no-preference');
  });

  it('draws equal errors in equal colours in every frame', () => {
    expect(animation.scale).toEqual({ low: expect.closeTo(0.0205, 3), high: 0.9, highIs: 'chance' });
  });

  it('says on hover what each moment measured', async () => {
    const { texts } = elementsOf(await networkSvg(animation));
    const title = texts.find((text) => text.startsWith('end (Conv2D'));
    expect(
      title
        ?.split('\n')
        .slice(1)
        .map((line) => line.split(',')[0]),
    ).toEqual([
      'step 0: test error 20.52 % (18.76 to 22.34)',
      'step 100: test error 10.26 % (8.96 to 11.66)',
      'step 200: test error 2.05 % (1.48 to 2.75)',
    ]);
  });

  it('shows a dash for taps that a moment did not measure', async () => {
    const [first, second] = moments;
    const partly = [first!, { ...second!, measurements: second!.measurements.slice(1) }];
    const svg = await networkSvg(networkAnimation(NETWORK, partly, run(), CLASS));
    expect(elementsOf(svg).texts).toContain('-');
  });

  it('has a row for each frame and layer in its CSV', () => {
    const lines = networkCsv(animation).trim().split('\n');
    expect(lines).toHaveLength(1 + 3 * 7);
    expect(lines[0]).toMatch(/^frame,tap,depth,/);
    expect(lines.at(-1)).toMatch(/^step 200,end,/);
  });
});

describe('networkCsv', () => {
  it('has a row for each layer: how it is connected, and error and colour where it has a probe', () => {
    const rows = chain(PROBED);
    const lines = networkCsv(networkPlot(NETWORK, rows, run(), CLASS))
      .trim()
      .split('\n');
    expect(lines).toHaveLength(8);
    expect(lines[0]).toBe('tap,depth,kind,op,shape,inputs,reduction,split,error,low,high,colour');
    expect(lines[4]).toMatch(
      /^add,3,merge,Add,8x8x4,b a,average-pool,test,52.1897\d+,49.9999\d+,54.402\d+,#\w{6}$/,
    );
    expect(lines[2]).toBe('a,1,convolution,Conv2D,8x8x4,input,,,,,,');
  });
});
