/** Section 3.5, Figures 2 and 3: the small convolutional network on MNIST, before and after training. */
import { checkpointFolder } from '../../src/checkpoint.js';
import type { Experiment } from './experiment.js';
import type { Lab } from './lab.js';
import { MNIST_CLASSES, mnistArguments, mnistSource } from './mnist-data.js';
import { findMnist } from './mnist-files.js';
import { comparisonTable, mnistFindings } from './mnist-findings.js';
import { buildMnistConvnet, MNIST_CONVNET_PREPROCESS, MNIST_CONVNET_TAPS } from './networks/mnist-convnet.js';
import { figure, type Page } from './page.js';
import { type Pass, type ProbeWay, probeInPasses } from './passes.js';
import { drawPaths, type PathPlot } from './path-plots.js';
import type { ProbeRun } from './probed.js';
import { stepTable } from './tap-errors.js';
import { stepFolder, trainOnce } from './training/checkpoints.js';
import type { Schedule } from './training/train-network.js';

const SEEDS = [1, 2, 3, 4, 5];
/** The seed that is looked at more closely. */
const FIRST = 1;
/** One and a half epochs: a minute of two cores. */
const STEPS = 1200;
const ENDS = [0, STEPS];
/** Steps in between, of the first seed. */
const BETWEEN = [50, 300];

/** Features of each tap at most: all of conv2_postpool, so that the step from it to fc1_preact is measured on the same. */
const FEATURES = 3136;
/** Taps behind the first ReLU of which that leaves a part; those before a ReLU are linear in the tap before them. */
const REDUCED = ['conv1_postact', 'conv1_postpool', 'conv2_postact'];

/** Training images of the probes: the 10,000 of valid and of test are all there. */
const SAMPLES = 25_000;

/** The paper's protocol: minibatches, stopped early by the 10,000 of valid. */
const STOPPED = [
  ...['--probe', 'adam', '--rates', '1e-4,3e-4,1e-3,3e-3'],
  ...['--batch', '128', '--epochs', '40'],
];

const ABOUT = [
  'Section 3.5, Figures 2 and 3. Two 5 x 5 convolutions (32 and 64 filters) with ReLU and 2 x 2 max pooling, 512 units, logits;',
  'first weights as in the code that the paper took, no dropout; SGD with momentum 0.9, rate 0.02 falling to 0.0002, 64 images a step.',
  `At most ${FEATURES.toLocaleString('en')} random features of each tap, always the same ones, stored as float16. ${SAMPLES.toLocaleString('en')} images train the probes, 10,000 others`,
  "stop them early, and MNIST's 10,000 test images measure them. All features of all taps would take 12 GB for each checkpoint:",
  'checkpoints are probed two at a time, and their caches deleted.',
].join('\n');

const FIGURE_3: PathPlot = {
  name: 'figure-3',
  by: 'depth',
  taps: MNIST_CONVNET_TAPS.filter((tap) => tap !== 'logits'),
  title: 'Test error of linear probes by depth, up to the logits',
  shows: "the paper's Figure 3, a line for each step, up to the logits",
};

function scheduleOf(seed: number): Schedule {
  return {
    optimiser: { kind: 'momentum', momentum: 0.9 },
    batch: 64,
    steps: STEPS,
    rate: 0.02,
    lastRate: 0.0002,
    headWeights: [1],
    checkpoints: seed === FIRST ? [0, ...BETWEEN, STEPS] : ENDS,
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

/** Checkpoints of one seed that are probed together. */
function passOf(models: string, seed: number, steps: readonly number[], ways: readonly ProbeWay[]): Pass {
  return {
    models: steps.map((step) => `${models}/seed-${seed}/${stepFolder(step)}`),
    folders: steps.map((step) => checkpointFolder({ step, modelSeed: seed })),
    ways,
  };
}

/** The network of every seed, probed as the paper does; the first seed at more steps. */
async function measureSeeds(lab: Lab, extract: readonly string[], models: string): Promise<ProbeRun> {
  const out = lab.path('run');
  const ways = [{ args: STOPPED, out }];
  await probeInPasses(lab, {
    extract: [
      ...extract,
      ...['--taps', MNIST_CONVNET_TAPS.join(','), '--reduce', `random-subset:${FEATURES}`],
    ],
    cache: lab.path('cache'),
    passes: [
      passOf(models, FIRST, ENDS, ways),
      passOf(models, FIRST, BETWEEN, ways),
      ...SEEDS.filter((seed) => seed !== FIRST).map((seed) => passOf(models, seed, ENDS, ways)),
    ],
  });
  return lab.report(out);
}

/** All features of the taps of which the others are a part: the first seed at one end of training. */
async function measureWhole(lab: Lab, extract: readonly string[], model: string, step: number) {
  const out = lab.path('run-all-features', `step-${step}`);
  await probeInPasses(lab, {
    extract: [...extract, '--taps', REDUCED.join(','), '--reduce', 'flatten'],
    cache: lab.path('cache-all-features', `step-${step}`),
    passes: [{ models: [model], folders: [''], ways: [{ args: STOPPED, out }] }],
  });
  return lab.report(out);
}

/** The network on some features of each tap, and on all of them. */
async function measure(lab: Lab, mnist: string, models: string) {
  const extract = [...mnistArguments(mnist), '--limit', String(SAMPLES), '--dtype', 'float16'];
  const some = await measureSeeds(lab, extract, models);
  const whole = new Map<number, ProbeRun>();
  for (const step of ENDS) {
    const model = `${models}/seed-${FIRST}/${stepFolder(step)}`;
    whole.set(step, await measureWhole(lab, extract, model, step));
  }
  return { some, whole };
}

async function run(lab: Lab): Promise<Page> {
  const mnist = findMnist();
  const models = await train(lab, mnist);
  const { some, whole } = await measure(lab, mnist, models);
  return {
    about: ABOUT,
    findings: mnistFindings(some.probed, { taps: MNIST_CONVNET_TAPS, end: STEPS }),
    tables: [
      stepTable(
        `Test error in %, mean ± deviation over ${SEEDS.length} seeds; steps in between of one`,
        some.probed,
        MNIST_CONVNET_TAPS,
      ),
      comparisonTable({ taps: MNIST_CONVNET_TAPS, seed: FIRST, some, whole, ends: ENDS }),
    ],
    figures: [
      ...(await drawPaths(lab.path('run'), [FIGURE_3], lab.path('figures'))),
      ...figure(
        some,
        'error-by-depth.label.svg',
        'the same with the logits, of which random ones tell little',
      ),
      ...figure(some, 'error-by-step.label.svg', 'by training step, a line for each tap'),
      ...figure(some, 'network-frames.label.svg', 'the network coloured by error, a frame for each step'),
    ],
    notes: [],
  };
}

/** `make experiment-mnist-convnet`. */
export const mnistConvnet: Experiment = { title: 'mnist-convnet: Figures 2 and 3', run };
