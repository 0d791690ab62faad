import type { Split } from '../split.js';
import type { ShardTask } from './plan.js';

/** One model batch of one shard. Batches never cross shards, so shards do not depend on each other. */
export interface BatchJob {
  readonly task: ShardTask;
  readonly slots: readonly { readonly split: Split; readonly index: number }[];
  /** True for the shard's last batch, the one that may be partly full. */
  readonly last: boolean;
}

/** Cuts a shard's samples into batches of `batch`, in order. Pure. */
export function batchJobs(task: ShardTask, batch: number): readonly BatchJob[] {
  const { split, start, end } = task;
  return Array.from({ length: Math.ceil((end - start) / batch) }, (_, place) => {
    const first = start + place * batch;
    const stop = Math.min(first + batch, end);
    return {
      task,
      slots: Array.from({ length: stop - first }, (_, slot) => ({ split, index: first + slot })),
      last: stop === end,
    };
  });
}
