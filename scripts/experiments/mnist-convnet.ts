/** Section 3.5, Figures 2 and 3: the small convolutional network on MNIST, before and after training. */
import type { Experiment } from './experiment.js';
import type { Lab } from './lab.js';
import { MNIST_CLASSES, mnistArguments, mnistSource } from './mnist-data.js';
import { findMnist } from './mnist-files.js';
import { buildMnistConvnet, MNIST_CONVNET_PREPROCESS, MNIST_CONVNET_TAPS } from './networks/mnist-convnet.js';
import type { Finding, Page } from './page.js';
import { filesOf, type Probed, percent, percentSpread, spreadOf } from './probed.js';
import { changeAt, largestFall, lowest, risesText, stepTable, tapErrors } from './tap-errors.js';
import { trainOnce } from './training/checkpoints.js';
import type { Schedule } from './training/train-network.js';

const SEEDS = [1, 2, 3, 4, 5];
/** One and a half epochs: a minute of two cores. */
const STEPS = 1200;

/** The steps in between are kept for the first seed only: a cache of one checkpoint takes a gigabyte. */
function scheduleOf(seed: number): Schedule {
  return {
    optimiser: { kind: 'momentum', momentum: 0.9 },
    batch: 64,
    steps: STEPS,
    rate: 0.02,
    lastRate: 0.0002,
    headWeights: [1],
    checkpoints: seed === SEEDS[0] ? [0, 30, 100, 300, STEPS] : [0, STEPS],
  };
}

async function train(lab: Lab, mnist: string): Promise<string> {
  const models = lab.path('models', 'mnist-convnet');
  for (const seed of SEEDS) {
    await lab.timed('training', async () => ({
      result: undefined,
      worked: await trainOnce({
        folder: `${models}/seed-${seed}`,
        seed,
        build: buildMnistConvnet,
        schedule: scheduleOf(seed),
        sidecar: { preprocess: MNIST_CONVNET_PREPROCESS, classes: MNIST_CLASSES },
        source: () => mnistSource(mnist, MNIST_CONVNET_PREPROCESS),
        say: lab.say,
      }),
    }));
  }
  return models;
}

function findings(probed: readonly Probed[]): readonly Finding[] {
  const at = (step: number) =>
    tapErrors(
      probed.filter((one) => one.step === step),
      MNIST_CONVNET_TAPS,
    );
  const [start, end] = [at(0), at(STEPS)];
  const mean = (errors: readonly number[]) => percentSpread(spreadOf(errors));
  const best = lowest(start);
  const fall = largestFall(start);
  const whole = spreadOf(start[0]!.errors).mean - spreadOf(best.errors).mean;
  const kink = changeAt(end, 'fc1_preact');
  return [
    {
      paper: 'at the beginning, test error goes from 8 % to 2 % through layers that are untrained',
      here: `from ${mean(start[0]!.errors)} % at input to ${mean(best.errors)} % at ${best.tap}`,
    },
    {
      paper: 'the biggest impact comes from the first ReLU',
      here: `the biggest fall is at ${fall.tap}: ${percent(-fall.change)} points, ${Math.round((-100 * fall.change) / whole)} % of the whole`,
    },
    {
      paper: 'at the end, test error improves at every layer, but for the kink',
      here: `from ${mean(end[0]!.errors)} % to ${mean(end.at(-1)!.errors)} % at logits; it rises ${risesText(end)}`,
    },
    {
      paper: 'a minor kink on fc1_preact',
      here: `${percent(spreadOf(kink).mean)} ± ${percent(spreadOf(kink).deviation)} points against conv2_postpool; a rise in ${kink.filter((change) => change > 0).length} of ${kink.length} seeds`,
    },
  ];
}

async function run(lab: Lab): Promise<Page> {
  const mnist = findMnist();
  const models = await train(lab, mnist);
  const [cache, out] = [lab.path('cache'), lab.path('run')];
  await lab.extract([
    ...mnistArguments(mnist),
    ...['--model', models, '--taps', MNIST_CONVNET_TAPS.join(','), '--reduce', 'random-subset:3136'],
    ...['--dtype', 'float16', '--cache', cache],
  ]);
  const run = await lab.probe(['--cache', cache, '--out', out]);
  const [depth, step] = filesOf(run, ['error-by-depth.label.svg', 'error-by-step.label.svg']);
  return {
    about: 'Section 3.5, Figures 2 and 3.',
    findings: findings(run.probed),
    tables: [stepTable('Test error in %', run.probed, MNIST_CONVNET_TAPS)],
    figures: [
      { path: depth ?? '', shows: "the paper's Figure 3, a line for each step" },
      { path: step ?? '', shows: 'the same by training step, a line for each tap' },
    ],
    notes: [],
  };
}

/** `make experiment-mnist-convnet`. */
export const mnistConvnet: Experiment = { title: 'mnist-convnet: Figures 2 and 3', run };
