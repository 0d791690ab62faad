import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { InterruptedError } from '../../src/errors.js';
import { type ProbeLabels, prepareLabels } from '../../src/probe/probe-labels.js';
import type { RowPasses } from '../../src/probe/row-passes.js';
import type { TrainedProbe } from '../../src/probe/train-softmax.js';
import { TRAINERS, type TrainingWork } from '../../src/probe/trainers.js';
import { perSplit, type Split } from '../../src/split.js';
import { ENGINES, type Engine, openPasses } from './engines.js';
import { referenceMinimum, referenceObjective, standardisedRows } from './reference-solver.js';
import { arraySource, drawProblem } from './small-problem.js';

const FEATURES = 5;
const drawn = drawProblem({
  rows: { train: 120, valid: 60, test: 0 },
  features: FEATURES,
  classes: 3,
  noise: 2,
  seed: 9,
});
const column = { tap: 'add_5', reduction: 'flatten' };
const counts = perSplit((split) => drawn[split].labels.length);

/** Labels of all rows or of some, each class named by a letter. */
function labelled(name: string, change: (label: number, row: number, split: Split) => number = (own) => own) {
  const labels = perSplit((split) => drawn[split].labels.map((label, row) => change(label, row, split)));
  return prepareLabels({ name, classes: ['a', 'b', 'c'], labels }, counts, column);
}

const main = labelled('main');
const partly = labelled('partly', (label, row) => (row % 3 === 0 ? -1 : label));
/** Valid contradicts train, so that every step in its direction raises the loss. */
const opposed = labelled('opposed', (label, _, split) => (split === 'valid' ? (label + 1) % 3 : label));

async function workOn(engine: Engine, changes: Partial<TrainingWork> = {}, resident = true) {
  const open = (split: 'train' | 'valid', kept: boolean) =>
    openPasses({
      engine,
      source: arraySource(drawn[split].features, FEATURES),
      resident: kept,
      chunkRows: 200,
    });
  const { labels = [main] } = changes;
  const valid = labels[0]!.labels.valid.length === counts.valid ? 'valid' : 'train';
  return {
    passes: await open('train', resident),
    validPasses: await open(valid, true),
    ...{ l2: [1e-2], seed: 3, tolerance: 1e-3, maxPasses: 10, solverBytes: 2 ** 26 },
    ...changes,
    labels,
  };
}

/** Valid is train here: then the lowest loss on it is the optimum's, but for the penalty. */
function onTrain(own = main): ProbeLabels {
  return { ...own, labels: { ...own.labels, valid: own.labels.train } };
}

function positionOf({ probe }: TrainedProbe): Float64Array {
  return Float64Array.from([...probe.weight, ...probe.bias]);
}

for (const engine of ENGINES) {
  describe(`minibatch training, ${engine}`, () => {
    beforeAll(() => loadBackend());

    it('comes to the optimum of the float64 reference, and states a gap that holds', async () => {
      const rows = standardisedRows(drawn.train.features, FEATURES);
      const best = referenceMinimum({ rows, labels: main.labels.train, classes: 3 }, 1e-2);
      for (const [kind, rate] of [
        ['sgd', 0.02],
        ['adam', 0.02],
      ] as const) {
        const stochastic = { rates: [rate], batch: 30, epochs: 150, patience: 150 };
        const [[probe]] = (await TRAINERS[kind](
          await workOn(engine, { labels: [onTrain()], stochastic }),
        )) as [[TrainedProbe]];
        const problem = { rows, labels: main.labels.train, classes: 3 };
        const distance = referenceObjective(problem, positionOf(probe), 1e-2).objective - best.objective;
        expect(distance).toBeLessThan(0.005 * best.objective);
        expect(probe.gap).toBeGreaterThanOrEqual(distance - 1e-6);
        expect(probe.learningRate).toBe(rate);
      }
    });

    it('trains a bank as it trains each of its probes alone', async () => {
      const labels = [onTrain(), onTrain(partly)];
      const l2 = [1e-1, 0];
      const stochastic = { rates: [0.003, 0.03], batch: 32, epochs: 6 };
      const together = await TRAINERS.sgd(await workOn(engine, { labels, l2, stochastic }));
      expect(together.map((own) => own.map((probe) => [probe.l2, probe.learningRate]))).toEqual(
        Array(2).fill([
          [0.1, 0.003],
          [0.1, 0.03],
          [0, 0.003],
          [0, 0.03],
        ]),
      );
      for (const [set, probes] of together.entries()) {
        for (const probe of probes) {
          const alone = { labels: [labels[set]!], l2: [probe.l2], seed: 3 };
          const rates = [probe.learningRate!];
          const work = await workOn(engine, { ...alone, stochastic: { ...stochastic, rates } });
          const [[solo]] = (await TRAINERS.sgd(work)) as [[TrainedProbe]];
          if (engine === 'native kernels') expect(solo.probe).toEqual(probe.probe);
          for (const [at, value] of positionOf(solo).entries())
            expect(positionOf(probe)[at]).toBeCloseTo(value, 4);
          expect(solo.epoch).toBe(probe.epoch);
        }
      }
    });

    it('trains in several banks what does not fit one, to the same probes', async () => {
      const stochastic = { rates: [0.003, 0.03, 0.01], batch: 32, epochs: 4 };
      const one = await TRAINERS.sgd(await workOn(engine, { labels: [main, partly], stochastic }));
      const work = await workOn(engine, { labels: [main, partly], stochastic, solverBytes: 56 * 6 * 7 });
      const several = await TRAINERS.sgd(work);
      for (const [at, probe] of several.flat().entries())
        for (const [place, value] of positionOf(probe).entries())
          expect(value).toBeCloseTo(positionOf(one.flat()[at]!)[place]!, 4);
    });

    it('stops where the loss on valid rises, with the weights from before', async () => {
      const stochastic = { rates: [0.05, 0.1], batch: 30, patience: 3, epochs: 50 };
      const [probes] = await TRAINERS.sgd(await workOn(engine, { labels: [opposed], l2: [0], stochastic }));
      for (const { epoch, passes, converged, probe, gap } of probes!) {
        expect({ epoch, passes, converged, gap }).toEqual({
          ...{ epoch: 0, passes: 3, converged: true },
          gap: Number.POSITIVE_INFINITY,
        });
        expect(probe.weight.every((value) => value === 0)).toBe(true);
        const odds = Math.log(main.frequencies[0]! / main.frequencies[1]!);
        expect(probe.bias[0]! - probe.bias[1]!).toBeCloseTo(odds, 5);
      }
    });

    it('keeps the weights of the epoch with the lowest loss on valid', async () => {
      const scored: number[] = [];
      const stochastic = { rates: [0.3], batch: 8, patience: 4, epochs: 60 };
      const work = await workOn(engine, { labels: [main], l2: [0], stochastic }, true);
      const valid = await openPasses({
        engine,
        source: arraySource(drawn.valid.features, FEATURES),
        resident: true,
        chunkRows: 200,
      });
      const mean = (loss: Float32Array) => loss.reduce((sum, value) => sum + value, 0) / loss.length;
      const validPasses = watched(valid, { scored: (loss) => scored.push(mean(loss)) });
      const [[probe]] = (await TRAINERS.sgd({ ...work, validPasses })) as [[TrainedProbe]];
      expect(probe.epoch).toBe(scored.indexOf(Math.min(...scored)));
      expect(scored).toHaveLength(probe.passes + 1);
      expect(probe.converged).toBe(true);
      const weights = Float32Array.from(positionOf(probe));
      const problems = [{ classes: 3, labels: main.labels.valid }];
      const [scores] = await valid.score({ weights, problems });
      expect(mean(scores!.loss)).toBe(scored[probe.epoch!]);
    });

    it('drops a probe that diverges, and goes on with the others', async () => {
      const columns: number[] = [];
      const stochastic = { rates: [1e30, 0.01], batch: 30, epochs: 5 };
      const work = await workOn(engine, { labels: [onTrain()], l2: [1], stochastic });
      const passes = watched(work.passes, { descends: (count) => columns.push(count) });
      const [probes] = await TRAINERS.sgd({ ...work, passes });
      expect(columns).toEqual([2, 1, 1, 1, 1]);
      expect(probes![0]).toMatchObject({ epoch: 0, converged: false });
      expect(positionOf(probes![0]!).every(Number.isFinite)).toBe(true);
      expect(probes![1]!.epoch).toBe(5);
    });

    it('gives the same bytes for the same seed, and others for another', async () => {
      const stochastic = { rates: [0.01, 0.1], batch: 32, epochs: 3 };
      const bytes = async (seed: number) =>
        (await TRAINERS.sgd(await workOn(engine, { labels: [onTrain()], seed, stochastic })))
          .flat()
          .map(({ probe }) => [...probe.weight, ...probe.bias]);
      const first = await bytes(1);
      expect(await bytes(1)).toEqual(first);
      expect(await bytes(2)).not.toEqual(first);
    });

    it('comes to about the same streamed as in memory, in other orders', async () => {
      const stochastic = { rates: [0.01], batch: 30, epochs: 60, patience: 60 };
      const labels = [onTrain()];
      const [kept, streamed] = [
        await TRAINERS.sgd(await workOn(engine, { labels, stochastic }, true)),
        await TRAINERS.sgd(await workOn(engine, { labels, stochastic }, false)),
      ];
      const rows = standardisedRows(drawn.train.features, FEATURES);
      const problem = { rows, labels: main.labels.train, classes: 3 };
      const objectives = [kept, streamed].map(
        (own) => referenceObjective(problem, positionOf(own[0]![0]!), 1e-2).objective,
      );
      expect(objectives[1]! / objectives[0]!).toBeCloseTo(1, 1.5);
    });

    it('stops within an epoch when interrupted', async () => {
      const controller = new AbortController();
      const stochastic = { rates: [0.01], batch: 10, epochs: 50 };
      const work = await workOn(engine, { stochastic, signal: controller.signal, labels: [onTrain()] });
      const epochs: number[] = [];
      const passes = watched(work.passes, {
        descends: () => {
          if (epochs.push(1) === 2) setImmediate(() => controller.abort());
        },
      });
      await expect(TRAINERS.sgd({ ...work, passes })).rejects.toThrow(InterruptedError);
      expect(epochs).toHaveLength(2);
    });

    it('says after every epoch how far it is', async () => {
      const seen: [number, number][] = [];
      const stochastic = { rates: [0.01], batch: 60, epochs: 3 };
      const work = await workOn(engine, { stochastic, labels: [onTrain(), onTrain(partly)], l2: [0] });
      await TRAINERS.sgd({ ...work, onPass: ({ passes, finished }) => seen.push([passes, finished]) });
      expect(seen.map(([passes]) => passes)).toEqual([1, 2, 3]);
    });
  });
}

/** Passes that tell of the losses they score, and of the problems in every epoch. */
function watched(
  passes: RowPasses,
  told: { readonly scored?: (loss: Float32Array) => void; readonly descends?: (problems: number) => void },
): RowPasses {
  return {
    rows: passes.rows,
    features: passes.features,
    column: passes.column,
    split: passes.split,
    accumulate: (work) => passes.accumulate(work),
    roundoff: (columns) => passes.roundoff(columns),
    score: async (work) => {
      const scores = await passes.score(work);
      told.scored?.(scores[0]!.loss);
      return scores;
    },
    gram: (options) => passes.gram(options),
    moments: (picks, signal) => passes.moments(picks, signal),
    restandardised: (standardisation) => passes.restandardised(standardisation),
    chunks: () => passes.chunks(),
    descend: (work) => {
      told.descends?.(work.problems.length);
      return passes.descend(work);
    },
    dispose: () => passes.dispose(),
  };
}
