import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { openRows } from '../../src/probe/open-rows.js';
import { prepareLabels } from '../../src/probe/probe-labels.js';
import { metricsOf } from '../../src/probe/score.js';
import { scoreSplit } from '../../src/probe/score-split.js';
import { trainSoftmax } from '../../src/probe/train-softmax.js';
import type { RandomProblem } from './random-problems.js';
import { python } from './scipy.js';
import { arraySource } from './small-problem.js';

const column = { tap: 'add_5', reduction: 'flatten' };

/** Trains a problem's probe as a column's is, and scores it on the rows it was trained on. */
export async function solved(
  { values, labels, rows, features, classes, l2 }: RandomProblem,
  tolerance = 1e-3,
) {
  const source = arraySource(values, features, 4096);
  const counts = { train: rows, valid: rows, test: rows };
  const memoryBytes = 2 ** 31;
  const opened = await openRows({
    ...{ column, columns: classes, memoryBytes },
    sources: { train: source, valid: source, test: source },
  });
  const names = Array.from({ length: classes }, (_, at) => `class ${at}`);
  const set = { name: 'label', classes: names, labels: { train: labels, valid: labels, test: labels } };
  const prepared = prepareLabels(set, counts, column);
  const { train: passes, valid: validPasses } = opened.passes;
  const trained = await trainSoftmax({
    ...{ passes, validPasses, labels: [prepared], l2: [l2], seed: 0, tolerance, maxPasses: 1000 },
    solverBytes: memoryBytes / 4,
  });
  const { probe, ...rest } = trained[0]![0]!;
  const [scores] = await scoreSplit({ passes, tasks: [{ probe, labels: prepared.labels.train }] });
  passes.dispose();
  return { ...rest, probe, metrics: metricsOf(scores!, prepared.labels.train, classes)! };
}

/** What float64 says of a probe. */
export interface Verdict {
  readonly loss: number;
  readonly errors: number;
  readonly top5Errors: number;
  /** Rows that even float64 cannot decide. */
  readonly doubtful: number;
  readonly objective: number;
  /** An objective that the optimum is not above. */
  readonly lowest: number;
}

/** A Python process that judges probes by scipy. Close it. */
export class Judge {
  readonly #folder = mkdtempSync(join(tmpdir(), 'strata-judge-'));
  readonly #process: ChildProcess;
  readonly #lines: AsyncIterator<string>;
  readonly #interface: Interface;

  constructor() {
    const script = join(import.meta.dirname, 'random-problem-reference.py');
    this.#process = spawn(python, [script], { stdio: ['pipe', 'pipe', 'inherit'] });
    this.#interface = createInterface({ input: this.#process.stdout! });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** @param steps - most iterations of each L-BFGS. */
  async judge(
    { values, labels, rows, features, classes, l2 }: RandomProblem,
    { weight, bias }: { readonly weight: ArrayLike<number>; readonly bias: ArrayLike<number> },
    steps: number,
  ): Promise<Verdict> {
    const file = (name: string, array: Float32Array | Float64Array | Int32Array) => {
      const path = join(this.#folder, name);
      writeFileSync(path, new Uint8Array(array.buffer, array.byteOffset, array.byteLength));
      return path;
    };
    const probe = Float64Array.from([...Array.from(weight), ...Array.from(bias)]);
    const paths = {
      values: file('values', values),
      labels: file('labels', labels),
      probe: file('probe', probe),
    };
    this.#process.stdin!.write(`${JSON.stringify({ ...paths, rows, features, classes, l2, steps })}\n`);
    const { value, done } = await this.#lines.next();
    if (done) throw new Error('the reference ended');
    return JSON.parse(value);
  }

  close(): void {
    this.#interface.close();
    this.#process.stdin!.end();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
