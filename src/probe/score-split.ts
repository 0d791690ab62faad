import { setImmediate } from 'node:timers/promises';
import tf from '@tensorflow/tfjs';
import { InterruptedError } from '../errors.js';
import { computed } from './computed.js';
import { emptyTally, scoreRows, type Tally } from './score.js';
import type { RowChunk, StandardisedRows } from './standardised-rows.js';

/** A trained probe over standardised features: logits = z W + b. */
export interface LinearProbe {
  readonly classes: number;
  /** (used features, classes), row by row. */
  readonly weight: Float32Array;
  readonly bias: Float32Array;
}

/** A probe with the labels to score it by: see {@link scoreRows}. */
export interface ScoreTask {
  readonly probe: LinearProbe;
  readonly labels: Int32Array;
}

/** What a probe did on a split. */
export interface Scored {
  readonly tally: Tally;
  /** The predicted class of every row. */
  readonly predicted: Int32Array;
}

interface Group {
  readonly tasks: readonly ScoreTask[];
  readonly first: number;
  readonly weight: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

/**
 * Scores probes on a split in one pass over its rows, in groups of at most `columns` classes side by side (but of
 * at least one probe).
 *
 * @throws InterruptedError when the signal is raised.
 */
export async function scoreSplit(options: {
  readonly rows: StandardisedRows;
  readonly tasks: readonly ScoreTask[];
  readonly columns: number;
  readonly signal?: AbortSignal | undefined;
}): Promise<Scored[]> {
  const { rows, tasks, columns, signal } = options;
  const scored = tasks.map(() => ({ tally: emptyTally(), predicted: new Int32Array(rows.rows) }));
  const groups = groupTasks(tasks, columns).map((group) => loadGroup(group, rows.features));
  try {
    for await (const chunk of rows.chunks()) {
      for (const group of groups) scoreChunk(group, chunk, scored);
      await setImmediate();
      if (signal?.aborted) throw new InterruptedError('probing was interrupted');
    }
  } finally {
    for (const group of groups) tf.dispose([group.weight, group.bias]);
  }
  return scored;
}

interface TaskRange {
  readonly tasks: ScoreTask[];
  readonly first: number;
}

function groupTasks(tasks: readonly ScoreTask[], columns: number): TaskRange[] {
  const groups: TaskRange[] = [];
  let width = Number.POSITIVE_INFINITY;
  for (const [at, task] of tasks.entries()) {
    if (width + task.probe.classes > columns) {
      groups.push({ tasks: [], first: at });
      width = 0;
    }
    groups.at(-1)!.tasks.push(task);
    width += task.probe.classes;
  }
  return groups;
}

function loadGroup({ tasks, first }: TaskRange, features: number): Group {
  const weight = tf.tidy(() =>
    tf.concat2d(
      tasks.map(({ probe }) => tf.tensor2d(probe.weight, [features, probe.classes])),
      1,
    ),
  );
  const bias = tf.tidy(() => tf.concat1d(tasks.map(({ probe }) => tf.tensor1d(probe.bias))));
  return { tasks, first, weight, bias };
}

function scoreChunk(group: Group, { features, start, rows }: RowChunk, scored: readonly Scored[]): void {
  const { weight, bias, tasks, first } = group;
  const logits = computed(() => tf.add(tf.matMul(features, weight), bias));
  let offset = 0;
  for (const [at, { probe, labels }] of tasks.entries()) {
    const { tally, predicted } = scored[first + at]!;
    scoreRows(tally, {
      logits,
      offset,
      stride: bias.size,
      classes: probe.classes,
      labels: labels.subarray(start, start + rows),
      predicted: predicted.subarray(start, start + rows),
    });
    offset += probe.classes;
  }
}
