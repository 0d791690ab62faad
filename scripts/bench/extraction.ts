import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate, median } from './alternate.js';
import { type Extracted, runStrata, secondsIn } from './run-strata.js';
import { digits, type Section } from './section.js';

const LIMIT = 4000;

/** The embedded data set through the embedded network, from pixels to committed shards. */
export async function benchExtraction(folder: string): Promise<Section> {
  const cache = join(folder, 'glyphs');
  const runs: Extracted[] = [];
  await alternate({
    run: async () => {
      await rm(cache, { recursive: true, force: true });
      const run = await runStrata<Extracted>(['extract', '--limit', String(LIMIT), '--cache', cache]);
      runs.push(run);
      return run.seconds;
    },
  });
  const samples = runs[0]?.samples ?? 0;
  const whole = median(runs.map(({ seconds }) => seconds));
  const row = (name: string, seconds: number) => [
    name,
    digits(seconds),
    digits(samples / seconds),
    digits(seconds / whole),
  ];
  const stages = runs[0]?.stages.map(({ stage }) => stage) ?? [];
  const secondsOf = (stage: string) => median(runs.map((run) => secondsIn(run, stage)));
  return {
    title: `Extraction: ${samples} glyphs through the embedded network, default taps`,
    header: ['stage', 'seconds', 'images/s', 'of the whole'],
    rows: [...stages.map((stage) => row(stage, secondsOf(stage))), row('whole run', whole)],
    notes: ['Decoding overlaps the forward pass: only the wait for it counts. Start-up is left out.'],
  };
}
