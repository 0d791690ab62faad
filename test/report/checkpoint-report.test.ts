import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { checkpointPage } from '../../src/report/checkpoint-page.js';
import { writeCheckpointReport } from '../../src/report/checkpoint-report.js';
import {
  readCheckpointRun,
  readCheckpointsRecord,
  writeCheckpointsRecord,
} from '../../src/report/checkpoint-run.js';
import { readMeasurements } from '../../src/report/measurements.js';
import { writeResults } from '../../src/report/report.js';
import { readTable } from '../../src/store/table.js';
import { exampleCheckpoints } from './example-checkpoints.js';
import { topology } from './example-run.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();
const made = exampleCheckpoints({
  taps: ['input', 'add_1', 'add_2'],
  steps: [0, 100],
  seeds: [1, 2],
  error: (tap, step, seed) => 0.5 - 0.1 * tap * step + 0.01 * seed,
});

/** The runs of all checkpoints on disk, as `strata probe` leaves them before it compares them. */
let directory: string;
beforeAll(async () => {
  directory = mkdtempSync(join(tmpdir(), 'strata-checkpoints-'));
  for (const { folder: own, run, measurements } of made.results)
    await writeResults(join(directory, own), { run, topology, measurements, predictions: [], weights: [] });
});
afterAll(() => rmSync(directory, { recursive: true }));

describe('the run of checkpoints', () => {
  it('comes back from its folder', async () => {
    expect(await readCheckpointsRecord(directory)).toBeUndefined();
    await writeCheckpointsRecord(directory, made.record);
    const record = await readCheckpointsRecord(directory);
    expect(record).toEqual(made.record);
    const { results } = await readCheckpointRun(directory, record!);
    expect(results).toEqual(made.results.map((result) => ({ ...result, topology })));
  });

  it('is refused in one line where its record is none of ours, or a checkpoint has no run', async () => {
    const other = folder();
    writeFileSync(join(other, 'checkpoints.json'), '{"checkpoints": []}');
    const error = (await readCheckpointsRecord(other).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toContain(`not a strata run: ${join(other, 'checkpoints.json')}`);
    expect(error.message).not.toContain('\n');
    await expect(readCheckpointRun(other, made.record)).rejects.toThrow('not a strata run');
  });
});

describe('writeCheckpointReport', () => {
  it('writes the page, the plots and one table, the same bytes each time, and removes other plots', async () => {
    const run = await readCheckpointRun(directory, made.record);
    writeFileSync(join(directory, 'error-by-step.gone.svg'), '');
    const files = await writeCheckpointReport(directory, run);
    const names = ['network-frames', 'error-by-depth', 'error-by-step', 'loss-by-depth', 'loss-by-step'];
    expect(readdirSync(directory).sort()).toEqual(
      [
        ...names.flatMap((name) => ['csv', 'png', 'svg'].map((kind) => `${name}.class.${kind}`)),
        ...['checkpoints.json', 'measurements.parquet', 'report.html', 'seed=1', 'seed=2'],
      ].sort(),
    );
    const bytes = files.map((file) => readFileSync(file));
    await writeCheckpointReport(directory, run);
    expect(files.map((file) => readFileSync(file))).toEqual(bytes);
  });

  it('draws frames that are of the network and a seed of it, not of one step', async () => {
    await writeCheckpointReport(directory, await readCheckpointRun(directory, made.record));
    const svg = readFileSync(join(directory, 'network-frames.class.svg'), 'utf8');
    expect(svg).toContain('net, seed 1 on glyphs, label set class');
    expect(svg).not.toContain('step=');
  });

  it('has the measurements of all in one table, which is read as that of one run is too', async () => {
    await writeCheckpointReport(directory, await readCheckpointRun(directory, made.record));
    const path = join(directory, 'measurements.parquet');
    const { rows, columns } = await readTable(path);
    expect(rows).toBe(12);
    expect(Object.keys(columns).slice(0, 4)).toEqual(['checkpoint', 'step', 'model_seed', 'tap']);
    expect(columns.checkpoint!.filter((_, at) => at % 3 === 0)).toEqual([
      'seed=1/step=0',
      'seed=1/step=100',
      'seed=2/step=0',
      'seed=2/step=100',
    ]);
    expect([columns.step!.at(-1), columns.model_seed!.at(-1)]).toEqual([100, 2]);
    expect(await readMeasurements(path)).toEqual(made.results.flatMap(({ measurements }) => measurements));
  });

  it('leaves step and seed null where there are none', async () => {
    const alone = exampleCheckpoints({ taps: ['input'], steps: [null], seeds: [4], error: () => 0.5 });
    const other = folder();
    await writeCheckpointReport(other, alone);
    const { columns } = await readTable(join(other, 'measurements.parquet'));
    expect([columns.checkpoint, columns.step, columns.model_seed]).toEqual([['seed=4'], [null], [4]]);
  });
});

describe('checkpointPage', () => {
  it('shows dead segments, links to the report of each checkpoint, and escapes every name', () => {
    const hostile = { ...made.record, network: '<script>alert(1)</script>' };
    const page = checkpointPage({
      run: { ...made, record: hostile },
      plots: [{ name: 'loss-by-step.class', svg: '<svg/>', csv: '' }],
      deadSegments: ['dead segment: a<b'],
    });
    expect(page).toContain('<p class="warning">dead segment: a&lt;b</p>');
    expect(page).toContain('<a href="seed%3D1/step%3D100/report.html">step 100, seed 1</a>');
    expect(page.match(/<script[^>]*>/g)).toEqual(Array(3).fill('<script type="module">'));
    expect(page.indexOf('<summary>Loss</summary>')).toBeLessThan(page.indexOf('<svg/>'));
  });
});
