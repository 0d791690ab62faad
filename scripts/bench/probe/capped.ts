import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { perSplit, type Split } from '../../../src/split.js';
import { timed } from '../alternate.js';
import { digits, type Section, skipped } from '../section.js';
import { makeProbePeers } from './probe-peers.js';
import { madeOnce, makeProblem, openArrays, PROBLEMS } from './problems.js';
import { writeCache } from './write-cache.js';

const TITLE = 'Probing (e): a column larger than --memory';
/** How often the rows of (a) are repeated: their values do not matter here. */
const TIMES = 8;
const CAP = 1e9;
const RECIPE = PROBLEMS.relu;
const ROWS = RECIPE.rows * TIMES;

async function makeLarge(): Promise<string> {
  const folder = await madeOnce('capped', { ...RECIPE, times: TIMES }, async (making) => {
    const { tap, labelSets, rows } = await openArrays(RECIPE, (await makeProblem(RECIPE)).folder);
    const repeated = (split: Split, labels: Int32Array) =>
      split === 'train' ? Int32Array.from({ length: ROWS }, (_, at) => labels[at % RECIPE.rows]!) : labels;
    const { features } = RECIPE;
    await writeCache(join(making, 'cache'), {
      rows: { ...rows, train: ROWS },
      labelSets: labelSets.map((set) => ({
        ...set,
        labels: perSplit((split) => repeated(split, set.labels[split])),
      })),
      taps: [
        {
          ...{ name: 'repeated', features },
          values: async (split, start, end) => {
            if (split !== 'train') return tap.values(split, start, end);
            const values = new Float32Array((end - start) * features);
            for (let row = start; row < end; row++) {
              const own = row % RECIPE.rows;
              values.set(await tap.values(split, own, own + 1), (row - start) * features);
            }
            return values;
          },
        },
      ],
    });
  });
  return join(folder, 'cache');
}

/** Runs the command line to its end and returns the most bytes that it had resident. */
async function peakOf(args: readonly string[]): Promise<number> {
  const child = spawn(process.execPath, ['dist/cli/strata.cjs', ...args], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let [peak, said] = [0, ''];
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString()).slice(-2000);
  });
  const timer = setInterval(() => {
    peak = residentPeak(child.pid) ?? peak;
  }, 50);
  const code = await new Promise((resolve) => child.on('close', resolve));
  clearInterval(timer);
  if (code !== 0) throw new Error(`strata ended with ${code}: ${said}`);
  return peak;
}

/** VmHWM of a process; undefined once it has ended. */
function residentPeak(pid: number | undefined): number | undefined {
  try {
    const kilobytes = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1];
    return kilobytes === undefined ? undefined : Number(kilobytes) * 1024;
  } catch {
    return undefined;
  }
}

/** The memory of a run whose column does not fit what it may take. */
export async function benchCapped(folder: string): Promise<Section> {
  const problem = await makeProbePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const cache = await makeLarge();
  let peak = 0;
  const seconds = await timed(async () => {
    peak = await peakOf([
      ...['probe', '--cache', cache, '--out', join(folder, 'run'), '--labels', 'digit', '--l2', '1e-2,1e-3'],
      ...['--tolerance', '1e-2', '--memory', String(CAP)],
    ]);
  });
  return {
    title: TITLE,
    header: ['', 'MB'],
    rows: [
      ['features of the train split', digits((ROWS * RECIPE.features * 4) / 1e6)],
      ['--memory', digits(CAP / 1e6)],
      ['most that the process had resident', digits(peak / 1e6)],
      ['ratio', digits(peak / CAP)],
    ],
    notes: [
      `${ROWS} x ${RECIPE.features}, the rows of (a) ${TIMES} times; two l2 values to a gap of 1 % in ${digits(seconds)} s, from the command's start to its end.`,
      'Resident: VmHWM of the whole process, program and libraries included.',
    ],
  };
}
