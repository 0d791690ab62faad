import { checkpointFolder } from '../../src/checkpoint.js';
import type { Measurement } from '../../src/probe/measurement.js';
import type { CheckpointResult, CheckpointRun } from '../../src/report/checkpoint-run.js';
import { labelSet, measurement, metrics, run } from './example-run.js';

/** What a made-up run of checkpoints is made of. */
export interface ExampleCheckpoints {
  readonly taps: readonly string[];
  readonly steps: readonly (number | null)[];
  readonly seeds?: readonly (number | null)[];
  /** The error of a tap, by its place, at a step, by its place, under a seed, by its place. */
  readonly error: (tap: number, step: number, seed: number) => number;
  readonly changes?: Partial<Measurement>;
}

/** A made-up run of checkpoints, in memory. */
export function exampleCheckpoints({
  taps,
  steps,
  seeds = [null],
  error,
  changes = {},
}: ExampleCheckpoints): CheckpointRun {
  const results = seeds.flatMap((modelSeed, seedAt) =>
    steps.map((step, stepAt): CheckpointResult => {
      const folder = checkpointFolder({ step, modelSeed });
      const { calibrationError: _, ...own } = metrics(error(taps.length - 1, stepAt, seedAt));
      const model = { train: null, valid: null, test: own };
      return {
        ...{ step, modelSeed, folder, model: `net/${folder}`, steps: [], topology: undefined },
        run: run({ labelSets: [labelSet({ model })] }),
        measurements: taps.map((tap, at) =>
          measurement({ tap, depth: at, test: metrics(error(at, stepAt, seedAt)), ...changes }),
        ),
      };
    }),
  );
  const checkpoints = results.map(({ folder, step, modelSeed, model }) => ({
    folder,
    step,
    modelSeed,
    model,
  }));
  return {
    record: {
      strataVersion: '0.1.0',
      cache: 'data/cache/net',
      dataset: 'glyphs',
      network: 'net',
      checkpoints,
    },
    results,
  };
}
