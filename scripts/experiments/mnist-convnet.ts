/** Section 3.5, Figures 2 and 3: the small convolutional network on MNIST, before and after training. */
import type { Experiment } from './experiment.js';
import type { Lab } from './lab.js';
import { MNIST_CLASSES, mnistArguments, mnistSource } from './mnist-data.js';
import { findMnist } from './mnist-files.js';
import { comparisonTable, mnistFindings } from './mnist-findings.js';
import { buildMnistConvnet, MNIST_CONVNET_PREPROCESS, MNIST_CONVNET_TAPS } from './networks/mnist-convnet.js';
import { figure, type Page } from './page.js';
import { stepTable } from './tap-errors.js';
import { stepFolder, trainOnce } from './training/checkpoints.js';
import type { Schedule } from './training/train-network.js';

const SEEDS = [1, 2, 3, 4, 5];
/** One and a half epochs: a minute of two cores. */
const STEPS = 1200;

/** Features of each tap at most: all of conv2_postpool, so that the step from it to fc1_preact is measured on the same. */
const FEATURES = 3136;

/** The paper's protocol: minibatches, stopped early by the 10,000 of valid. */
const STOPPED = ['--probe', 'adam', '--rates', '1e-4,3e-4,1e-3,3e-3', '--epochs', '40'];

const ABOUT = [
  'Section 3.5, Figures 2 and 3. Two 5 x 5 convolutions (32 and 64 filters) with ReLU and 2 x 2 max pooling, 512 units, logits;',
  'first weights as in the code that the paper took, no dropout; SGD with momentum 0.9, rate 0.02 falling to 0.0002, 64 images a step.',
  `At most ${FEATURES.toLocaleString('en')} random features of each tap, stored as float16. 50,000 images train the probes, 10,000 stop them early.`,
].join('\n');

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

/** The three ways in which the network is probed. */
async function measure(lab: Lab, mnist: string, models: string) {
  const data = mnistArguments(mnist);
  const taps = ['--taps', MNIST_CONVNET_TAPS.join(','), '--dtype', 'float16'];
  const [cache, first] = [lab.path('cache'), `seed-${SEEDS[0]}`];
  const reduced = ['--reduce', `random-subset:${FEATURES}`];
  await lab.extract([...data, '--model', models, ...taps, ...reduced, '--cache', cache]);
  const stopped = await lab.probe(['--cache', cache, '--out', lab.path('run'), ...STOPPED]);
  const seed = `${cache}/seed=${SEEDS[0]}`;
  const optimal = await lab.probe(['--cache', seed, '--out', lab.path('run-optimum')]);
  const ends = [0, STEPS].flatMap((step) => ['--model', `${models}/${first}/${stepFolder(step)}`]);
  const whole = await lab.probeInPassing({
    extract: [...data, ...ends, ...taps, '--reduce', 'flatten'],
    probe: STOPPED,
    cache: lab.path('cache-all-features'),
    out: lab.path('run-all-features'),
  });
  return { stopped, optimal, whole };
}

async function run(lab: Lab): Promise<Page> {
  const mnist = findMnist();
  const models = await train(lab, mnist);
  const { stopped, optimal, whole } = await measure(lab, mnist, models);
  return {
    about: ABOUT,
    findings: mnistFindings(stopped.probed, { taps: MNIST_CONVNET_TAPS, end: STEPS }),
    tables: [
      stepTable(
        `Test error in %, mean ± deviation over ${SEEDS.length} seeds; steps in between of one`,
        stopped.probed,
        MNIST_CONVNET_TAPS,
      ),
      comparisonTable({ taps: MNIST_CONVNET_TAPS, seed: SEEDS[0]!, stopped, optimal, whole, end: STEPS }),
    ],
    figures: [
      ...figure(stopped, 'error-by-depth.label.svg', "the paper's Figure 3, a line for each step"),
      ...figure(stopped, 'error-by-step.label.svg', 'by training step, a line for each tap'),
      ...figure(stopped, 'network-frames.label.svg', 'the network coloured by error, a frame for each step'),
      ...figure(whole, 'error-by-depth.label.svg', 'Figure 3 with all features of every tap'),
    ],
    notes: [],
  };
}

/** `make experiment-mnist-convnet`. */
export const mnistConvnet: Experiment = { title: 'mnist-convnet: Figures 2 and 3', run };
