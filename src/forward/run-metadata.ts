// RunMetadata { step_stats: 1 } -> StepStats { dev_stats: 1 } -> DeviceStepStats { device: 1, node_stats: 2 } -> NodeExecStats
// { node_name: 1, all_start_micros: 2, op_end_rel_micros: 4, timeline_label: 8, thread_id: 10 }. tfjs-node ships no
// classes for these messages, so their fields are read here as they lie on the wire.
import type { OpSpan } from '../profile.js';

type Field = readonly [field: number, value: number | Uint8Array];

const FIXED_BYTES: Readonly<Record<number, number>> = { 1: 8, 5: 4 };

/** The fields of a protobuf message; numbers of fixed length, which none of these messages has, are passed over. */
function* fields(message: Uint8Array): Generator<Field> {
  let at = 0;
  const varint = (): number => {
    let [value, factor] = [0, 1];
    for (;;) {
      const byte = message[at++] ?? 0;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
  };
  while (at < message.length) {
    const key = varint();
    const [field, wire] = [Math.floor(key / 8), key % 8];
    if (wire === 0) yield [field, varint()];
    else if (wire === 2) {
      const length = varint();
      yield [field, message.subarray(at, at + length)];
      at += length;
    } else at += FIXED_BYTES[wire] ?? message.length;
  }
}

function inner(message: Uint8Array, wanted: number): Uint8Array[] {
  return [...fields(message)].flatMap(([field, value]) =>
    field === wanted && value instanceof Uint8Array ? [value] : [],
  );
}

interface NodeTime {
  readonly name: string;
  readonly start: number;
  readonly micros: number;
  readonly thread: number;
}

function nodeTime(message: Uint8Array): NodeTime {
  const values = new Map(fields(message));
  const number = (field: number) => Number(values.get(field) ?? 0);
  const name = Buffer.from((values.get(1) as Uint8Array | undefined) ?? []).toString();
  return { name, start: number(2), micros: number(4), thread: number(10) };
}

/** The ops of a run, from its serialised RunMetadata; times count from the first op. Feeding and fetching are left out. */
export function opSpans(metadata: Uint8Array): OpSpan[] {
  const devices = inner(metadata, 1).flatMap((stats) => inner(stats, 1));
  const nodes = devices.flatMap((device) => inner(device, 2).map(nodeTime));
  const ops = nodes.filter(({ name }) => /^n\d+_/.test(name));
  const begin = Math.min(...ops.map(({ start }) => start));
  return ops.map(({ name, start, micros, thread }) => ({
    name,
    op: name.replace(/^n\d+_/, ''),
    thread: `thread ${thread}`,
    startMicros: start - begin,
    micros,
  }));
}
