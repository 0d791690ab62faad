/**
 * Passes over raw rows in float64, in JavaScript: what the native kernels compute as `exactAccumulate`, `exactGram` and
 * `score`, for engines whose tensors are float32. A tensor library is many times as fast: they are for what is certified
 * and reported, and for rows that float32 cannot tell apart.
 *
 *     z = (h - mean) scale        logits = z W + b        gradient = Z'(P - Y)
 */
import type { FeatureSource } from '../read/feature-source.js';
import { widened } from '../read/shard-block.js';
import {
  type AccumulateWork,
  columnsOf,
  type GramOptions,
  letEventsThrough,
  type ScoredProblem,
  type WideSums,
  type WideWeights,
} from './row-passes.js';
import { type RowScores, scoreRow } from './score.js';
import { addRow, momentsAbout, type Standardisation, standardisationOf } from './standardise.js';

/** Rows, and how they are standardised. */
export interface ExactRows {
  readonly source: FeatureSource;
  readonly standardisation: Standardisation;
}

interface Sums {
  loss: number;
  squares: number;
  readonly moments: Float64Array | undefined;
}

/** The sums of loss and gradient of all problems, in float64. @throws InterruptedError when the signal is raised. */
export async function exactAccumulate(
  rows: ExactRows,
  { weights, problems, direction, signal }: AccumulateWork,
): Promise<WideSums> {
  const columns = columnsOf(problems);
  const gradient = new Float64Array((rows.source.features + 1) * columns);
  const sums = problems.map(
    ({ classes, curvature }): Sums => ({
      ...{ loss: 0, squares: 0 },
      moments: curvature ? new Float64Array(classes * classes) : undefined,
    }),
  );
  const [logits, changes] = [new Float64Array(columns), new Float64Array(columns)];
  await eachRow(rows, signal, (z, row) => {
    if (problems.every(({ labels }) => labels[row]! < 0)) return;
    exactLogits(logits, z, weights);
    if (direction !== undefined) exactLogits(changes, z, direction);
    let column = 0;
    for (const [at, { classes, labels }] of problems.entries()) {
      const own = logits.subarray(column, column + classes);
      rowResidual(own, labels[row]!, sums[at]!);
      if (direction !== undefined) turn(own, changes.subarray(column, column + classes), labels[row]!);
      column += classes;
    }
    addOuter(gradient, z, logits);
  });
  return { gradient, problems: sums };
}

/** Z'Z in float64, over the picked rows or all. @throws InterruptedError when the signal is raised. */
export async function exactGram(
  rows: ExactRows,
  { signal, picks }: Pick<GramOptions, 'signal' | 'picks'>,
): Promise<Float64Array> {
  const { features } = rows.source;
  const sums = new Float64Array(features * features);
  const picked = picks && new Set(picks);
  await eachRow(rows, signal, (z, row) => {
    if (picked !== undefined && !picked.has(row)) return;
    for (let left = 0; left < features; left++) {
      const factor = z[left]!;
      if (factor === 0) continue;
      const start = left * features;
      for (let right = left; right < features; right++) sums[start + right]! += factor * z[right]!;
    }
  });
  for (let row = 0; row < features; row++)
    for (let at = 0; at < row; at++) sums[row * features + at] = sums[at * features + row]!;
  return sums;
}

/** How picked rows would be standardised, as `RowPasses.moments`. @throws InterruptedError when the signal is raised. */
export async function exactMoments(
  { source, standardisation }: ExactRows,
  picks: readonly (Int32Array | undefined)[],
  signal?: AbortSignal,
): Promise<Standardisation[]> {
  const sums = picks.map((own) => ({ picked: own && new Set(own), own: momentsAbout(standardisation) }));
  let row = 0;
  for await (const block of source.blocks()) {
    const values = widened(block);
    for (let at = 0; at < values.length; at += source.features, row++) {
      for (const { picked, own } of sums) {
        if (picked !== undefined && !picked.has(row)) continue;
        own.rows += 1;
        addRow(own, values, at);
      }
    }
    await letEventsThrough(signal);
  }
  return sums.map(({ own }) => standardisationOf(own));
}

/** Scores some rows, in float64, into `scores`, one for each problem. @throws InterruptedError when the signal is raised. */
export async function exactScores(
  rows: ExactRows,
  scores: readonly RowScores[],
  {
    weights,
    problems,
    signal,
    picked,
  }: WideWeights<ScoredProblem> & { readonly picked: ReadonlySet<number> },
): Promise<void> {
  const logits = new Float64Array(columnsOf(problems));
  await eachRow(rows, signal, (z, row) => {
    if (!picked.has(row)) return;
    exactLogits(logits, z, weights);
    let column = 0;
    for (const [at, { classes, labels }] of problems.entries()) {
      scoreRow(scores[at]!, logits.subarray(column, column + classes), row, labels[row]!);
      column += classes;
    }
  });
}

/** Calls with every row, standardised: the array is the same each time. */
async function eachRow(
  { source, standardisation }: ExactRows,
  signal: AbortSignal | undefined,
  call: (z: Float64Array, row: number) => void,
): Promise<void> {
  const { features, mean, scale } = standardisation;
  const z = new Float64Array(features);
  let row = 0;
  for await (const block of source.blocks()) {
    const values = widened(block);
    for (let from = 0; from < values.length; from += features, row++) {
      for (let at = 0; at < features; at++) z[at] = (values[from + at]! - mean[at]!) * scale[at]!;
      call(z, row);
    }
    await letEventsThrough(signal);
  }
}

/** z W + b into `logits`, in float64. `weights` is (features, columns) row by row, and then the biases. */
function exactLogits(logits: Float64Array, z: Float64Array, weights: Float32Array | Float64Array): void {
  const columns = logits.length;
  for (let at = 0; at < columns; at++) logits[at] = weights[z.length * columns + at]!;
  for (let feature = 0, from = 0; feature < z.length; feature++, from += columns) {
    const factor = z[feature]!;
    if (factor === 0) continue;
    for (let at = 0; at < columns; at++) logits[at]! += factor * weights[from + at]!;
  }
}

/** Logits -> p - y, zeros without a label; the own class as minus the sum of the others, which loses no digits. */
function rowResidual(logits: Float64Array, label: number, sums: Sums): void {
  if (label < 0) {
    logits.fill(0);
    return;
  }
  let best = 0;
  for (let at = 1; at < logits.length; at++) if (logits[at]! > logits[best]!) best = at;
  const most = logits[best]!;
  const above = most - logits[label]!;
  let others = 0;
  for (let at = 0; at < logits.length; at++) {
    logits[at] = Math.exp(logits[at]! - most);
    if (at !== best) others += logits[at]!;
  }
  sums.loss += Math.log1p(others) + above;
  for (let at = 0; at < logits.length; at++) {
    logits[at]! /= 1 + others;
    sums.squares += logits[at]! ** 2;
  }
  if (sums.moments !== undefined) addOuter(sums.moments, logits, logits);
  let missed = 0;
  for (let at = 0; at < logits.length; at++) if (at !== label) missed += logits[at]!;
  logits[label] = -missed;
}

/** p - y -> p (u - p'u), u how the logits change; taken from the own class's, so that no digits are lost. */
function turn(residual: Float64Array, changes: Float64Array, label: number): void {
  if (label < 0) return;
  const own = changes[label]!;
  residual[label]! += 1;
  let mean = 0;
  for (let at = 0; at < residual.length; at++) mean += residual[at]! * (changes[at]! - own);
  for (let at = 0; at < residual.length; at++) residual[at]! *= changes[at]! - own - mean;
}

/** to += left right', and right to what follows, where `to` has a row more: the biases. */
function addOuter(to: Float64Array, left: Float64Array, right: Float64Array): void {
  const columns = right.length;
  let from = 0;
  for (const factor of left) {
    if (factor !== 0) for (let at = 0; at < columns; at++) to[from + at]! += factor * right[at]!;
    from += columns;
  }
  if (from < to.length) for (let at = 0; at < columns; at++) to[from + at]! += right[at]!;
}
