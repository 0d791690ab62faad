import { writeFile } from 'node:fs/promises';
import type { Span } from './stage-clock.js';

/** More than this is not kept: the trace of a long run shows its beginning. */
const MOST_EVENTS = 200_000;

/** One op of a network, as the tensor library timed it: microseconds from the start of its run. */
export interface OpSpan {
  readonly name: string;
  readonly op: string;
  readonly thread: string;
  readonly startMicros: number;
  readonly micros: number;
}

/** An event of the Trace Event Format: what chrome://tracing and Perfetto read. */
interface TraceEvent {
  readonly name: string;
  readonly ph: 'X' | 'M' | 'C';
  readonly pid: number;
  readonly tid: number;
  readonly ts?: number;
  readonly dur?: number;
  readonly cat?: string;
  readonly args?: Readonly<Record<string, string | number>>;
}

const [RUN, OPS] = [1, 2];

/** A trace of a run: its stages, each in a row of its own, and below them the ops of one forward pass. */
export class Profile {
  readonly #events: TraceEvent[] = [];
  readonly #rows = new Map<string, number>();
  #begin: number | undefined;

  /** Adds a piece of work of one stage. */
  add({ stage, start, end, meanwhile }: Span): void {
    this.#begin ??= start;
    const ts = Math.round((start - this.#begin) * 1000);
    const dur = Math.round((end - start) * 1000);
    const cat = meanwhile ? 'meanwhile' : 'in turn';
    this.#push({ name: stage, ph: 'X', pid: RUN, tid: this.#row(RUN, stage), ts, dur, cat });
  }

  /** Adds how much memory the process holds, in bytes, after so many samples. */
  addMemory(at: number, bytes: number, samples: number): void {
    this.#begin ??= at;
    const ts = Math.round((at - this.#begin) * 1000);
    this.#push({ name: 'memory', ph: 'C', pid: RUN, tid: 0, ts, args: { bytes, samples } });
  }

  /** Adds the ops of a forward pass that began at `start`, on the clock of `performance.now`. */
  addOps(start: number, ops: readonly OpSpan[]): void {
    this.#begin ??= start;
    const offset = Math.round((start - this.#begin) * 1000);
    for (const { name, op, thread, startMicros, micros } of ops) {
      const tid = this.#row(OPS, thread);
      this.#push({ name: op, ph: 'X', pid: OPS, tid, ts: offset + startMicros, dur: micros, args: { name } });
    }
  }

  /** Writes the trace as JSON. */
  async write(path: string): Promise<void> {
    const named: TraceEvent[] = [...this.#rows].map(([row, tid]) => {
      const [pid, name = ''] = row.split(/:(.*)/s);
      return { name: 'thread_name', ph: 'M', pid: Number(pid), tid, args: { name } };
    });
    const processes: TraceEvent[] = [
      { name: 'process_name', ph: 'M', pid: RUN, tid: 0, args: { name: 'stages' } },
      { name: 'process_name', ph: 'M', pid: OPS, tid: 0, args: { name: 'one forward pass, op by op' } },
    ];
    await writeFile(path, JSON.stringify({ traceEvents: [...processes, ...named, ...this.#events] }));
  }

  #push(event: TraceEvent): void {
    if (this.#events.length < MOST_EVENTS) this.#events.push(event);
  }

  #row(pid: number, name: string): number {
    const key = `${pid}:${name}`;
    const known = this.#rows.get(key) ?? this.#rows.size + 1;
    this.#rows.set(key, known);
    return known;
  }
}
