import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { Measurement } from '../../src/probe/measurement.js';
import { alternate } from './alternate.js';
import { runStrata } from './run-strata.js';
import { digits, type Section, skipped } from './section.js';

const TITLE = 'Probing: softmax regression on pixels, l2 = 1e-3, beside scikit-learn';
const [MNIST, PYTHON, L2] = ['../shared/data/mnist', '.venv/bin/python', '1e-3'];

/** Images of each split at most, so that scikit-learn takes seconds and not minutes. */
const LIMIT = 25_000;

interface Probed {
  readonly run: { readonly seconds: Readonly<Record<string, number>> };
  readonly measurements: readonly Measurement[];
}

/** See lbfgs.py. */
interface Fitted {
  readonly rows: number;
  readonly features: number;
  readonly optimum: number;
  readonly strata: number;
  readonly sklearn: number;
  readonly iterations: number;
  readonly seconds: number;
}

const probe = (cache: string, out: string, tolerance: string) =>
  runStrata<Probed>([
    ...['probe', '--cache', cache, '--out', out, '--labels', 'label'],
    ...['--l2', L2, '--tolerance', tolerance],
  ]);

async function scikitLearn(args: readonly string[]): Promise<Fitted> {
  const env = { ...process.env, OMP_NUM_THREADS: '2', OPENBLAS_NUM_THREADS: '2' };
  const { stdout } = await promisify(execFile)(PYTHON, ['scripts/bench/lbfgs.py', ...args], { env });
  return JSON.parse(stdout) as Fitted;
}

/** One column trained by strata to its default tolerance, and by scikit-learn until it is as low. */
export async function benchProbing(folder: string): Promise<Section> {
  if (!existsSync(PYTHON)) return skipped(TITLE, `no ${PYTHON}`);
  const dataset = existsSync(MNIST) ? `idx:${MNIST}` : 'glyphs';
  const [cache, run, exact] = ['pixels', 'run', 'exact'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await runStrata([
    ...['extract', '--dataset', dataset, '--limit', String(LIMIT), '--cache', cache],
    ...['--model', 'pixels', '--reduce', 'flatten'],
  ]);
  await probe(cache, exact, '1e-6');
  let [probed, fitted]: [Probed | undefined, Fitted | undefined] = [undefined, undefined];
  const seconds = await alternate({
    strata: async () => {
      probed = await probe(cache, run, '1e-3');
      return probed.run.seconds.probe ?? Number.NaN;
    },
    sklearn: async () => {
      fitted = await scikitLearn([cache, run, exact, L2]);
      return fitted.seconds;
    },
  });
  return sectionOf(dataset, { seconds, probed: probed!, fitted: fitted! });
}

function sectionOf(
  dataset: string,
  found: { seconds: { strata: number; sklearn: number }; probed: Probed; fitted: Fitted },
): Section {
  const { seconds, fitted } = found;
  const { train, passes, optimalityGap } = found.probed.measurements[0]!;
  const above = (objective: number) => (objective / fitted.optimum - 1).toExponential(1);
  return {
    title: TITLE,
    header: ['', 'seconds', 'ratio', 'passes or iterations', 'above the optimum, relative'],
    rows: [
      ['strata', digits(seconds.strata), '1', String(passes), above(fitted.strata)],
      [
        'scikit-learn lbfgs',
        digits(seconds.sklearn),
        digits(seconds.sklearn / seconds.strata),
        String(fitted.iterations),
        above(fitted.sklearn),
      ],
    ],
    notes: [
      `${dataset.startsWith('idx') ? 'MNIST' : 'glyphs'}, ${fitted.rows} x ${fitted.features} standardised float32 features, two threads each.`,
      'The seconds of strata are those of the whole column: two reads, checks, standardising, training, its bound,',
      'and scoring three splits; those of scikit-learn are `fit` alone, stopped once it is as low as strata.',
      `The bound that strata states: ${(optimalityGap / train.loss).toExponential(1)} of the loss. The optimum is strata's to a bound of 1e-6.`,
    ],
  };
}
