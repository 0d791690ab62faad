import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { drawPaths, ofTaps } from '../../scripts/experiments/path-plots.js';
import { writeCheckpointsRecord } from '../../src/report/checkpoint-run.js';
import { writeResults } from '../../src/report/report.js';
import { temporaryFolder } from '../dataset/temporary-folder.js';
import { exampleCheckpoints } from '../report/example-checkpoints.js';
import { topology } from '../report/example-run.js';

const made = exampleCheckpoints({
  taps: ['input', 'add_1', 'aux', 'add_2'],
  steps: [0, 100],
  error: (tap, step) => 0.5 - 0.1 * tap * step,
  changes: { labelSet: 'label' },
});

async function runFolder(): Promise<string> {
  const folder = temporaryFolder();
  for (const { folder: own, run, measurements } of made.results)
    await writeResults(join(folder, own), { run, topology, measurements, predictions: [], weights: [] });
  await writeCheckpointsRecord(folder, made.record);
  return folder;
}

describe('pictures of a path', () => {
  it('have the taps of that path alone, with their numbers beside them', async () => {
    const folder = join(temporaryFolder(), 'figures');
    const main = {
      name: 'main',
      by: 'depth',
      taps: ['input', 'add_1', 'add_2'],
      title: 'The main path',
    } as const;
    const ends = { name: 'ends', by: 'step', taps: ['aux', 'add_2'], title: 'Both ends' } as const;
    const plots = [main, ends].map((plot) => ({ ...plot, shows: plot.title }));
    const figures = await drawPaths(await runFolder(), plots, folder);
    expect(figures).toEqual([
      { path: join(folder, 'main.svg'), shows: 'The main path' },
      { path: join(folder, 'ends.svg'), shows: 'Both ends' },
    ]);
    const read = (name: string) => readFileSync(join(folder, name), 'utf8');
    expect(read('main.svg')).toContain('The main path');
    expect(read('main.svg')).not.toContain('aux');
    expect(read('main.csv')).toContain('step 100,add_2,3,20,');
    expect(read('main.csv')).not.toContain('aux');
    expect(read('ends.csv')).toContain('aux,100,30,');
  });

  it('are refused of a folder that has no run of checkpoints', async () => {
    const folder = temporaryFolder();
    await expect(drawPaths(folder, [], folder)).rejects.toThrow('no run of checkpoints');
  });

  it('leave the run as it was', () => {
    expect(ofTaps(made, ['aux']).results.map(({ measurements }) => measurements.length)).toEqual([1, 1]);
    expect(made.results[0]?.measurements).toHaveLength(4);
  });
});
