/** Pictures of some taps of a run of checkpoints: of one path through a network with branches, or of the ends of them. */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { compareByDepth, compareByStep } from '../../src/report/checkpoint-plots.js';
import {
  type CheckpointRun,
  readCheckpointRun,
  readCheckpointsRecord,
} from '../../src/report/checkpoint-run.js';
import { plotCsv } from '../../src/report/plot-csv.js';
import { plotSvg } from '../../src/report/plot-svg.js';
import { replaceText } from '../../src/report/replace-file.js';
import type { Figure } from './page.js';

/** A picture of some taps: error by depth, a line for each step, or by step, a line for each tap. */
export interface PathPlot {
  /** The name of its file, without what follows the dot. */
  readonly name: string;
  readonly by: 'depth' | 'step';
  readonly taps: readonly string[];
  readonly title: string;
  readonly shows: string;
}

/** A run of checkpoints with the probes of some taps alone. */
export function ofTaps({ record, results }: CheckpointRun, taps: readonly string[]): CheckpointRun {
  return {
    record,
    results: results.map((one) => ({
      ...one,
      measurements: one.measurements.filter(({ tap }) => taps.includes(tap)),
    })),
  };
}

/**
 * Draws pictures of the run in `out` into a folder, each with its numbers as CSV.
 *
 * @throws RangeError where the folder holds no run of several checkpoints.
 */
export async function drawPaths(
  out: string,
  plots: readonly PathPlot[],
  folder: string,
): Promise<readonly Figure[]> {
  const record = await readCheckpointsRecord(out);
  if (record === undefined) throw new RangeError(`no run of checkpoints: ${out}`);
  const run = await readCheckpointRun(out, record);
  await mkdir(folder, { recursive: true });
  const figures = [];
  for (const { name, by, taps, title, shows } of plots) {
    const options = { labelSet: 'label', quantity: 'error' } as const;
    const drawn = (by === 'depth' ? compareByDepth : compareByStep)(ofTaps(run, taps), options);
    if (drawn === null) throw new RangeError(`a single step cannot be drawn by step: ${out}`);
    const path = join(folder, `${name}.svg`);
    await replaceText(path, await plotSvg({ ...drawn, title }));
    await replaceText(join(folder, `${name}.csv`), plotCsv(drawn));
    figures.push({ path, shows });
  }
  return figures;
}
