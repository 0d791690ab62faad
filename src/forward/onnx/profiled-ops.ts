import * as z from 'zod';
import type { OpSpan } from '../../profile.js';

/** What onnxruntime writes of a session that it times, as far as it is read here: times in microseconds. */
const events = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    ts: z.number(),
    dur: z.number(),
    tid: z.number(),
    args: z.looseObject({ op_name: z.string().optional() }).optional(),
  }),
);

const RUN = 'model_run';
const KERNEL = /_kernel_time$/;

/** The ops of the last run in a profile of onnxruntime, in the order in which they began. */
export function profiledOps(json: string): OpSpan[] {
  const found = events.parse(JSON.parse(json));
  const begin = found.filter(({ name }) => name === RUN).at(-1)?.ts ?? 0;
  return found
    .filter(({ cat, name, ts }) => cat === 'Node' && KERNEL.test(name) && ts >= begin)
    .sort((a, b) => a.ts - b.ts)
    .map(({ name, ts, dur, tid, args }) => ({
      name: name.replace(KERNEL, ''),
      op: args?.op_name ?? '',
      thread: String(tid),
      startMicros: ts - begin,
      micros: dur,
    }));
}
