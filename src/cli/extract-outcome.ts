import { join } from 'node:path';
import type { ExtractionSummary } from '../extract/run-extraction.js';
import { EXIT } from './exit-code.js';
import { bytesText, secondsText, stageLines, terminal } from './terminal.js';

/** What is said of a cache that was filled. */
export function doneLine(directory: string, summary: ExtractionSummary | undefined): string {
  if (summary === undefined) return `${directory}: complete, nothing to extract`;
  const { shards, bytes, samples, seconds } = summary;
  return `${directory}: ${shards} shards, ${bytesText(bytes)}, ${samples} samples in ${secondsText(seconds)}`;
}

/** Says what was left undone or out, and returns the exit code for it. */
export function exitFor(
  { stopped, quarantined }: Pick<ExtractionSummary, 'stopped' | 'quarantined'>,
  where: string,
) {
  if (stopped) terminal.warn('stopped before the end; the same command continues');
  if (quarantined > 0) {
    terminal.warn(
      `${quarantined} samples could not be decoded; ${join(where, 'samples')} has their reasons (status, reason)`,
    );
  }
  if (stopped) return EXIT.interrupted;
  return quarantined > 0 ? EXIT.quarantined : EXIT.done;
}

/** The stages of a run with its start-up, and them as lines on the terminal. */
export function noteStages(summary: Pick<ExtractionSummary, 'seconds' | 'samples' | 'stages'>) {
  // The process began when the clock of `performance.now` did.
  const whole = performance.now() / 1000;
  const stages = [{ stage: 'start-up', seconds: whole - summary.seconds, samples: 0 }, ...summary.stages];
  terminal.note(stageLines(stages, whole, summary.samples));
  return stages;
}
