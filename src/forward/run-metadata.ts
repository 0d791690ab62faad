// RunMetadata { step_stats: 1 } -> StepStats { dev_stats: 1 } -> DeviceStepStats { device: 1, node_stats: 2 } -> NodeExecStats
// { node_name: 1, all_start_micros: 2, op_end_rel_micros: 4, timeline_label: 8, thread_id: 10 }. tfjs-node ships no
// classes for these messages.
import { WireMessage } from '../backend/wire-reader.js';
import type { OpSpan } from '../profile.js';

/** The ops of a run, from its serialised RunMetadata; times count from the first op. Feeding and fetching are left out. */
export function opSpans(metadata: Uint8Array): OpSpan[] {
  const devices = new WireMessage(metadata).messages(1).flatMap((stats) => stats.messages(1));
  const nodes = devices.flatMap((device) => device.messages(2));
  const ops = nodes.filter((node) => /^n\d+_/.test(node.text(1)));
  const begin = Math.min(...ops.map((node) => node.number(2)));
  return ops.map((node) => ({
    name: node.text(1),
    op: node.text(1).replace(/^n\d+_/, ''),
    thread: `thread ${node.number(10)}`,
    startMicros: node.number(2) - begin,
    micros: node.number(4),
  }));
}
