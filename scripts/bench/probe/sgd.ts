import { join } from 'node:path';
import type { Measurement } from '../../../src/probe/measurement.js';
import { alternate } from '../alternate.js';
import { runStrata } from '../run-strata.js';
import { digits, type Section, skipped } from '../section.js';
import { makeProbePeers, startProbePeer } from './probe-peers.js';
import { makeProblem, PROBLEMS } from './problems.js';

const TITLE = 'Probing: SGD with early stopping, 20 learning rates side by side, beside PyTorch';
const RATES = Array.from({ length: 20 }, (_, at) => Number((1e-4 * 10 ** (at / 6)).toPrecision(3)));
const EPOCHS = 5;
/** Rows of a batch. */
const BATCH = 256;

interface Probed {
  readonly run: { readonly seconds: Readonly<Record<string, number>> };
  readonly measurements: readonly Measurement[];
}

/** A bank of learning rates, for as many epochs, by `strata probe --probe sgd` and by PyTorch. */
export async function benchSgd(folder: string): Promise<Section> {
  const problem = await makeProbePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const made = { ...(await makeProblem(PROBLEMS.relu)), labels: 'digit' };
  const torch = await startProbePeer('torch-sgd', made);
  let probed: Probed | undefined;
  const seconds = await alternate({
    strata: async () => {
      probed = await runStrata<Probed>([
        ...['probe', '--cache', made.cache, '--out', join(folder, 'run'), '--labels', made.labels],
        ...['--probe', 'sgd', '--rates', RATES.join(), '--patience', String(EPOCHS)],
        ...['--epochs', String(EPOCHS), '--batch', String(BATCH), '--fresh'],
      ]);
      return probed.run.seconds.probe!;
    },
    torch: async () =>
      (await torch.ask<{ seconds: number }>({ epochs: EPOCHS, rates: RATES, batch: BATCH })).seconds,
  }).finally(() => torch.stop());
  const passes = Math.max(...probed!.measurements.map((one) => one.passes));
  const perEpoch = { strata: seconds.strata / passes, torch: seconds.torch / EPOCHS };
  const row = (name: string, own: number, epoch: number) => [
    ...[name, digits(own), digits(epoch), digits(epoch / perEpoch.strata)],
  ];
  return {
    title: TITLE,
    header: ['', 'seconds', 'per epoch', 'ratio'],
    rows: [
      row(`strata, ${passes} epochs`, seconds.strata, perEpoch.strata),
      row(`PyTorch ${torch.version}, ${EPOCHS} epochs`, seconds.torch, perEpoch.torch),
    ],
    notes: [
      `(a): ${PROBLEMS.relu.rows} x ${PROBLEMS.relu.features}, 10 classes; batches of ${BATCH}, shuffled; losses on valid after every epoch.`,
      'strata: the seconds of the whole column, reading, standardising and scoring included; PyTorch: the epochs alone, on standardised arrays',
      'in memory, all rates in one wide layer with momentum 0.9, the gradient written out, which is faster than autograd.',
    ],
  };
}
