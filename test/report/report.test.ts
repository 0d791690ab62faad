import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import sharp from 'sharp';
import { describe, expect, it } from 'vitest';
import type { Measurement, Predictions } from '../../src/probe/measurement.js';
import { reportPage } from '../../src/report/html.js';
import { PAGE_WIDTH, POINTS_PER_PIXEL } from '../../src/report/print-size.js';
import { writeReport, writeResults } from '../../src/report/report.js';
import { type RunRecord, readRunRecord } from '../../src/report/run-record.js';
import { chain, labelSet, measurement, metrics, run, topology } from './example-run.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();
const TAPS = ['input', 'add_1', 'add_2'];

/** What the probe of `add_2` said of four test samples, two of them wrongly, and of one of valid. */
function predictionsOf(classes: readonly string[], labelSet = 'class'): Predictions[] {
  const probe = { tap: 'add_2', reduction: 'average-pool', labelSet, classes };
  const [labels, predicted] = [Int32Array.of(0, 0, 1, 1), Int32Array.of(0, 1, 1, 0)];
  const one = Int32Array.of(0);
  return [
    { ...probe, split: 'valid', ids: one, labels: one, predicted: one },
    { ...probe, split: 'test', ids: Int32Array.of(1, 2, 3, 4), labels, predicted },
  ];
}

async function results(
  directory: string,
  record: RunRecord,
  measurements: readonly Measurement[],
  predictions: readonly Predictions[] = [],
) {
  const weights = [
    {
      ...{ tap: 'input', reduction: 'flatten', labelSet: 'class', features: 1, classes: ['a', 'b'] },
      weight: Float32Array.of(1, 2),
      bias: Float32Array.of(0, 1),
    },
  ];
  return await writeResults(directory, { run: record, topology, measurements, predictions, weights });
}

describe('writeResults', () => {
  it('draws figures that fit two columns of a paper with letters of 7 points, each as PNG and CSV too', async () => {
    const directory = folder();
    const long = (name: string) => `${name}_with_a_name_that_is_far_too_long`;
    const taps = Array.from({ length: 45 }, (_, at) => long(`tap_${at}`));
    const names = ['class', ...Array.from({ length: 19 }, (_, at) => `factor ${at}`)];
    // Nothing but the heat map needs more than some taps of the other label sets.
    const rows = names.flatMap((name, at) => chain(at === 0 ? taps : taps.slice(0, 2), { labelSet: name }));
    const others = chain(taps).flatMap((row) => [1, 0.1].map((l2) => ({ ...row, l2, selected: false })));
    const record = run({
      names: { dataset: long('pictures'), model: long('net') },
      labelSets: names.map((name) => labelSet({ name })),
    });
    const classes = Array.from({ length: 90 }, (_, at) => long(`class ${at}`));
    await results(directory, record, [...rows, ...others], predictionsOf(classes));
    const files = readdirSync(directory);
    const drawings = files.filter((file) => file.endsWith('.svg')).map((file) => basename(file, '.svg'));
    expect(drawings.length).toBeGreaterThan(60);
    for (const name of drawings) {
      const svg = readFileSync(join(directory, `${name}.svg`), 'utf8');
      expect(Number(/ width="(\d+)"/.exec(svg)![1])).toBeLessThanOrEqual(PAGE_WIDTH);
      const sizes = [...svg.matchAll(/font-size="([\d.]+)/g)].map(([, size]) => Number(size));
      expect(Math.min(...sizes) * POINTS_PER_PIXEL).toBeGreaterThanOrEqual(7);
      const { width, density } = await sharp(join(directory, `${name}.png`)).metadata();
      expect(width / density!).toBeLessThanOrEqual(6.8);
      expect(files).toContain(`${name}.csv`);
    }
  });

  it('writes every file of a run and nothing else', async () => {
    const directory = folder();
    const files = await results(directory, run(), chain(TAPS), predictionsOf(['a', 'b']));
    expect(files.map((file) => basename(file)).sort()).toEqual(readdirSync(directory).sort());
    expect(readdirSync(directory).sort()).toEqual([
      'classes.parquet',
      'confusion.class.csv',
      'confusion.class.png',
      'confusion.class.svg',
      'confusion.parquet',
      'depth-steps.parquet',
      'error-by-depth.class.csv',
      'error-by-depth.class.png',
      'error-by-depth.class.svg',
      'loss-by-depth.class.csv',
      'loss-by-depth.class.png',
      'loss-by-depth.class.svg',
      'measurements.parquet',
      'monotonicity.csv',
      'network.class.csv',
      'network.class.png',
      'network.class.svg',
      'predictions.parquet',
      'probes.safetensors',
      'report.html',
      'run.json',
      'topology.json',
    ]);
  });

  it('leaves the earlier run as it was when it fails half way, and nothing else', async () => {
    const directory = folder();
    const files = await results(directory, run(), chain(TAPS));
    const before = files.map((file) => readFileSync(file));
    const bad = [measurement({ depth: 'deep' as unknown as number })];
    await expect(results(directory, run(), bad)).rejects.toThrow();
    expect(files.map((file) => readFileSync(file))).toEqual(before);
    expect(readdirSync(directory)).toHaveLength(files.length);
  });

  it('removes what a run that was killed more than a day ago was writing, and no other', async () => {
    const directory = folder();
    for (const name of ['.unfinished-old', '.unfinished-new']) mkdirSync(join(directory, name));
    const yesterday = Date.now() / 1000 - 25 * 60 * 60;
    utimesSync(join(directory, '.unfinished-old'), yesterday, yesterday);
    await results(directory, run(), chain(TAPS));
    const left = readdirSync(directory).filter((name) => name.startsWith('.unfinished-'));
    expect(left).toEqual(['.unfinished-new']);
  });

  it('keeps a model loss that is no number, which JSON cannot write', async () => {
    const directory = folder();
    const model = { train: null, valid: null, test: metrics(0.1, { loss: Number.NaN }) };
    await results(directory, run({ labelSets: [labelSet({ model })] }), chain(TAPS));
    expect((await readRunRecord(directory)).labelSets[0]!.model.test!.loss).toBeNaN();
    expect(readFileSync(join(directory, 'loss-by-depth.class.svg'), 'utf8')).not.toContain('NaN');
  });
});

describe('writeReport', () => {
  it('makes the same bytes again from the tables alone, in place of whatever is there', async () => {
    const directory = folder();
    const all = await results(directory, run(), chain(TAPS), predictionsOf(['a', 'b']));
    const files = all.filter((file) => /html|svg|png|csv$/.test(file));
    const before = files.map((file) => readFileSync(file, 'utf8'));
    for (const file of files) rmSync(file);
    writeFileSync(join(directory, 'error-by-depth.gone.svg'), 'of an earlier run');
    writeFileSync(join(directory, 'mine.svg'), 'not ours');
    expect([...(await writeReport(directory))].sort()).toEqual([...files].sort());
    expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(before);
    expect(existsSync(join(directory, 'error-by-depth.gone.svg'))).toBe(false);
    expect(existsSync(join(directory, 'mine.svg'))).toBe(true);
  });

  it('reports runs that are older than confusion.parquet and classes.parquet, without the classes', async () => {
    const directory = folder();
    await results(directory, run(), chain(TAPS), predictionsOf(['a', 'b']));
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).toContain('<h2>Classes</h2>');
    for (const name of ['confusion.parquet', 'classes.parquet']) rmSync(join(directory, name));
    const names = (await writeReport(directory)).map((file) => basename(file));
    expect(names.filter((name) => name.startsWith('confusion'))).toEqual([]);
    expect(existsSync(join(directory, 'confusion.class.svg'))).toBe(false);
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).not.toContain('<h2>Classes</h2>');
  });

  it('says how the error changes from tap to tap, and nothing of it in runs older than depth-steps.parquet', async () => {
    const directory = folder();
    const [, last] = predictionsOf(['a', 'b']);
    const first = { ...last!, tap: 'add_1', predicted: Int32Array.of(1, 0, 1, 1) };
    await results(directory, run(), chain(TAPS), [first, last!]);
    const page = () => readFileSync(join(directory, 'report.html'), 'utf8');
    expect(page()).toContain(
      'Monotonicity: the test error falls at 0 of 1 step, and rises at 1, none beyond the noise of the test split; 0',
    );
    expect(page()).toContain('<th class="number">change</th>');
    expect(page()).toContain('<td class="number">+25.0</td><td class="number">-46.1 to 74.7</td>');
    expect(readFileSync(join(directory, 'error-by-depth.class.svg'), 'utf8')).toContain('above: ▼ falls');
    rmSync(join(directory, 'depth-steps.parquet'));
    await writeReport(directory);
    expect(page()).not.toContain('<th class="number">change</th>');
    expect(page()).toContain('Monotonicity: 0 inversions of 3 pairs');
  });

  it('removes the heat maps of an earlier report that it does not draw', async () => {
    const directory = folder();
    await results(directory, run(), chain(TAPS));
    for (const name of ['error-by-factor.svg', 'error-by-l2.gone.csv', 'error-by-rate.x.svg'])
      writeFileSync(join(directory, name), 'of an earlier run');
    await writeReport(directory);
    expect(readdirSync(directory).filter((name) => /error-by-(factor|l2|rate)/.test(name))).toEqual([]);
  });

  it('lists the most confused pairs of a label set of more than 100 classes, and draws no matrix', async () => {
    const directory = folder();
    const classes = Array.from({ length: 101 }, (_, index) => `class ${index}`);
    await results(directory, run(), chain(TAPS), predictionsOf(classes));
    expect(existsSync(join(directory, 'confusion.class.svg'))).toBe(false);
    const html = readFileSync(join(directory, 'report.html'), 'utf8');
    expect(html).toContain('class: most confused classes, probe of add_2 on test');
    expect(html).toContain(
      '<td>class 0</td><td>class 1</td><td class="number">1</td><td class="number">50.0</td>',
    );
  });

  it('shows the classes in the order of the label sets, whatever that of the predictions', async () => {
    const directory = folder();
    const labelSets = [labelSet({ name: 'second' }), labelSet({ name: 'first' })];
    const rows = labelSets.flatMap(({ name }) => chain(TAPS, { labelSet: name }));
    const sets = ['first', 'second'].flatMap((name) => predictionsOf(['a', 'b'], name));
    await results(directory, run({ labelSets }), rows, sets);
    const html = readFileSync(join(directory, 'report.html'), 'utf8');
    expect([...html.matchAll(/<summary>(.*), probe of/g)].map(([, name]) => name)).toEqual([
      'second',
      'first',
    ]);
  });

  it('says nothing of the classes of the control', async () => {
    const directory = folder();
    const record = run({ labelSets: [labelSet({ name: 'random(class)', controlOf: 'class' })] });
    await results(
      directory,
      record,
      chain(TAPS, { labelSet: 'random(class)' }),
      predictionsOf(['a', 'b'], 'random(class)'),
    );
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).not.toContain('<h2>Classes</h2>');
  });

  it('adds the overview where there are several label sets', async () => {
    const directory = folder();
    const labelSets = [labelSet(), labelSet({ name: 'a/b' })];
    const rows = labelSets.flatMap(({ name }) => chain(TAPS, { labelSet: name }));
    const files = await results(directory, run({ labelSets }), rows);
    const names = files.map((file) => basename(file));
    expect(names).toContain('error-by-depth.svg');
    expect(names).toContain('error-by-depth.a%2Fb.svg');
    expect(names).toContain('error-by-factor.svg');
    expect(readFileSync(join(directory, 'report.html'), 'utf8')).toContain(
      'href="error-by-depth.a%252Fb.svg"',
    );
  });
});

describe('reportPage', () => {
  it('escapes everything that comes from users and loads nothing from outside', () => {
    const evil = '<script>alert(1)</script>';
    const record = run({
      names: { dataset: evil, model: evil },
      labelSets: [labelSet({ name: evil })],
      warnings: [evil],
      notes: [evil],
      options: { ...run().options, cache: evil, labels: [evil], extra: { [evil]: evil } },
      backend: { name: evil, version: evil },
      seconds: { [evil]: 1 },
    });
    const measurements = chain([evil], { labelSet: evil, shape: evil, reduction: evil });
    const classes = [{ labelSet: evil, probe: evil, matrix: null, tables: [] }];
    const html = reportPage({ measurements, run: record, steps: [], plots: [], deadSegments: [], classes });
    expect(html).toContain('&lt;script&gt;');
    expect(html.match(/<script[^>]*>/g)).toEqual(Array(3).fill('<script type="module">'));
    expect(html).not.toMatch(/(src|href)="https?:/);
  });

  it('states warnings, what was left out, how it was made and the definitions', () => {
    const record = run({
      warnings: ['the valid split is small'],
      quarantined: { train: 1, valid: 0, test: 0 },
      labelSets: [labelSet({ unlabelled: { train: 0, valid: 1200, test: 3 } })],
    });
    const plots = [{ name: 'error-by-depth.class', svg: '<svg></svg>', csv: '' }];
    const given = { measurements: chain(TAPS), run: record, steps: [], deadSegments: [], classes: [] };
    const html = reportPage({ ...given, plots });
    for (const text of [
      'the valid split is small',
      'Samples quarantined (could not be decoded): 1 train.',
      'Samples without a label in class, left out of it: 1,200 valid, 3 test.',
      'ab'.repeat(32),
      'A CPU, 2 cores, 16.0 GiB',
      '2 min 10 s',
      '1e-5, 1e-4, 1e-3',
      'arXiv:1610.01644',
      '<svg></svg>',
    ]) {
      expect(html).toContain(text);
    }
  });
});
