import { Presets, SingleBar } from 'cli-progress';
import colours from 'picocolors';
import type { StageTime } from '../stage-clock.js';

/** Data goes to stdout, everything said along the way to stderr. Colours obey NO_COLOR and whether it is a terminal. */
export const terminal = {
  /** Prints a result. */
  print(text: string): void {
    console.log(text);
  },
  /** Prints a result for machines, as one JSON value. */
  printJson(value: unknown): void {
    console.log(JSON.stringify(value, jsonValue, 2));
  },
  /** Says something that is not the result. */
  note(text: string): void {
    console.error(text);
  },
  /** Says something the user should look at. */
  warn(text: string): void {
    console.error(`${errorColours.yellow('warning:')} ${text}`);
  },
  /** Says in one line why the command failed. */
  fail(text: string): void {
    console.error(`${errorColours.red('strata:')} ${text}`);
  },
};

const errorColours = colours.createColors(colours.isColorSupported && process.stderr.isTTY === true);

function jsonValue(_name: string, value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries(value);
  return ArrayBuffer.isView(value) ? Array.from(value as Int32Array) : value;
}

/** A bar on a terminal, a line every ten seconds elsewhere. */
export interface Progress {
  /**
   * Moves on by `steps`; `detail` is shown at the line's end. The time left is estimated from the steps so far, or is
   * what the caller says; NaN where it cannot be known yet.
   */
  advance(steps: number, detail?: string, secondsLeft?: number): void;
  end(): void;
}

/** Starts a progress display on stderr, counting `total` of `unit` with speed and time left. */
export function startProgress(title: string, total: number, unit: string): Progress {
  return process.stderr.isTTY === true ? progressBar(title, total, unit) : progressLines(title, total, unit);
}

function progressBar(title: string, total: number, unit: string): Progress {
  const start = performance.now();
  const format = `${title} {bar} {percentage}% | {value}/{total} ${unit} | {speed}/s | {left} left {detail}`;
  const bar = new SingleBar(
    { format, stream: process.stderr, hideCursor: true, barsize: 24, etaBuffer: 50 },
    Presets.shades_classic,
  );
  bar.start(total, 0, { speed: '-', left: '-', detail: '' });
  let done = 0;
  return {
    advance(steps, detail = '', secondsLeft) {
      done += steps;
      const left = leftText(secondsLeft ?? evenly(done, total, start));
      bar.update(done, { speed: speedText(done, start), left, detail });
    },
    end: () => bar.stop(),
  };
}

const LINE_EVERY_MS = 10_000;

function progressLines(title: string, total: number, unit: string): Progress {
  const start = performance.now();
  let done = 0;
  let lastLine = start;
  return {
    advance(steps, detail = '', secondsLeft) {
      done += steps;
      const now = performance.now();
      if (now - lastLine < LINE_EVERY_MS || done >= total) return;
      lastLine = now;
      const left = leftText(secondsLeft ?? evenly(done, total, start));
      terminal.note(
        `${title}: ${done}/${total} ${unit}, ${speedText(done, start)}/s, ${left} left ${detail}`.trimEnd(),
      );
    },
    end: () => undefined,
  };
}

/** The time that is left where every step takes as long as those before it, in seconds. */
function evenly(done: number, total: number, start: number): number {
  return done === 0 ? Number.NaN : ((performance.now() - start) / 1000) * (total / done - 1);
}

function leftText(seconds: number): string {
  return Number.isNaN(seconds) ? '-' : secondsText(seconds);
}

function speedText(done: number, start: number): string {
  const speed = done / Math.max((performance.now() - start) / 1000, 1e-3);
  return speedOf(speed);
}

/** `4.2 s`, `3 min 10 s`, `2 h 5 min`. */
export function secondsText(seconds: number): string {
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  const minutes = Math.floor(whole / 60);
  if (minutes < 60) return `${minutes} min ${whole % 60} s`;
  return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `512 B`, `3.4 MB`, `1.2 GB`, in powers of 1000. */
export function bytesText(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  const power = Math.min(4, Math.floor(Math.log10(bytes) / 3));
  return `${(bytes / 1000 ** power).toFixed(1)} ${' kMGT'[power]}B`;
}

function stageLine(stage: string, seconds: number, through: number): string {
  const speed = through > 0 && seconds > 0 ? `${speedOf(through / seconds)} samples/s` : '';
  return `  ${stage.padEnd(16)} ${seconds.toFixed(1).padStart(8)} s  ${speed.padStart(18)}`.trimEnd();
}

function speedOf(perSecond: number): string {
  return perSecond >= 100 ? perSecond.toFixed(0) : perSecond.toPrecision(3);
}

/**
 * Seconds and samples/s by stage: what a run ends with. The first lines add up to the whole; what went on beside them
 * follows.
 */
export function stageLines(stages: readonly StageTime[], wholeSeconds: number, samples: number): string {
  const inTurn = stages.filter(({ meanwhile }) => meanwhile !== true);
  const beside = stages.filter(({ meanwhile }) => meanwhile === true);
  const other = wholeSeconds - inTurn.reduce((sum, { seconds }) => sum + seconds, 0);
  const lines = [
    ...inTurn.map(({ stage, seconds, samples: through }) => stageLine(stage, seconds, through)),
    stageLine('other', Math.max(0, other), 0),
    stageLine('whole run', wholeSeconds, samples),
  ];
  if (beside.length === 0) return lines.join('\n');
  const besideLines = beside.map(({ stage, seconds, samples: through }) =>
    stageLine(stage, seconds, through),
  );
  return [...lines, 'meanwhile, beside the forward pass:', ...besideLines].join('\n');
}
