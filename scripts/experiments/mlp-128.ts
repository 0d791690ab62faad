/** Section 5.1, Figure 6: 128 fully connected layers on MNIST, with and without a skip connection over the first half. */
import { join } from 'node:path';
import { checkpointFolder } from '../../src/checkpoint.js';
import type { Experiment } from './experiment.js';
import { kernelChanges } from './kernel-change.js';
import type { Lab } from './lab.js';
import { depthTable, skipFindings } from './mlp-findings.js';
import { MNIST_CLASSES, mnistArguments, mnistSource } from './mnist-data.js';
import { findMnist } from './mnist-files.js';
import { buildDeepMlp, DEEP_MLP, layerName, SKIPS, type Skip } from './networks/deep-mlp.js';
import { figure, type Page } from './page.js';
import { probeInPasses } from './passes.js';
import type { ProbeRun } from './probed.js';
import { stepFolder, trainOnce } from './training/checkpoints.js';
import type { Schedule } from './training/train-network.js';

/** Pixels with mean 0 and deviation 1, as the training images are on average. */
const PREPROCESS = { mean: [33.3], scale: [1 / 78.6] };

/**
 * A tenth less than He's variance of 2, which keeps the size of a ReLU network's signal at any depth: each layer takes a
 * tenth of the signal's variance, so that of its size 3 % are left after 64 layers, and a thousandth after 128.
 */
const GAIN = 1.8;

const STEPS = 3000;

const SCHEDULE: Schedule = {
  optimiser: { kind: 'sgd' },
  batch: 64,
  steps: STEPS,
  rate: 0.02,
  lastRate: 0.0002,
  headWeights: [1],
  checkpoints: [0, 500, STEPS],
};

/** Of each split. Enough for probes of 128 features, of which there are 780. */
const SAMPLES = '5000';
const L2 = '1e-1,1e-2,1e-3,1e-4';

const ABOUT = [
  'Section 5.1, Figure 6. Fully connected ReLU layers of 128 units on MNIST; with the skip connection the image joins what',
  'the first half gives (`skip`, a concatenation). First weights uniform of variance 1.8 over the units that feed them, a tenth',
  "less than He's: of the size of the signal, and of the gradient, 3 % are left after 64 layers and a thousandth after 128. Biases",
  "0, pixels of mean 0 and deviation 1; plain SGD, rate 0.02 falling in a line to 0.0002, 64 images a step. (With He's variance",
  'the network without the skip connection trains too, slowly.) Features are stored as float16; each network is probed at three',
  'steps, and their caches deleted.',
].join('\n');

const NOTE = [
  '_The l2 grid._ In the depth of random layers all images look alike, and probes choose the smallest l2, which strata warns of.',
  "Without `--l2` it goes on to smaller ones, for next to nothing: at layer_064, with first weights of He's variance, the test",
  'error was then 72.19 % instead of 72.50 %.',
  '',
  '_Processors._ So deep a network multiplies what two processors round differently: from the same seed and the same first weights,',
  'the network without the skip connection ended at 79.16 % on one with AVX-512 and at 45.16 % on one with AVX2; with it, at 14.94 %',
  'and 24.38 %. The dead segment was found on both, at every step.',
].join('\n');

function modelsOf(lab: Lab, skip: Skip): string {
  return lab.path('models', `mlp-${DEEP_MLP.layers}-${skip}`);
}

async function train(lab: Lab, mnist: string, skip: Skip): Promise<string> {
  const folder = modelsOf(lab, skip);
  await lab.timed(`training ${skip}`, async () => ({
    result: undefined,
    worked: await trainOnce({
      folder,
      seed: 1,
      build: (seed, parts) => buildDeepMlp(seed, parts, { ...DEEP_MLP, skip, gain: GAIN }),
      schedule: SCHEDULE,
      sidecar: { preprocess: PREPROCESS, classes: MNIST_CLASSES },
      source: () => mnistSource(mnist, PREPROCESS),
      say: lab.say,
    }),
  }));
  return folder;
}

/** The taps of one network: the image, every layer, the merge where there is one, and the logits. */
export function deepMlpTaps(skip: Skip): readonly string[] {
  const layers = Array.from({ length: DEEP_MLP.layers }, (_, at) => layerName(at + 1));
  const half = DEEP_MLP.layers / 2;
  const merge = skip === 'with-skip' ? ['skip'] : [];
  return ['input', ...layers.slice(0, half), ...merge, ...layers.slice(half), 'logits'];
}

async function measure(lab: Lab, mnist: string, skip: Skip): Promise<ProbeRun> {
  const models = await train(lab, mnist, skip);
  const out = lab.path('run', skip);
  const taps = `input,layer_*,${skip === 'with-skip' ? 'skip,' : ''}logits`;
  const data = [...mnistArguments(mnist), '--limit', SAMPLES, '--dtype', 'float16'];
  await probeInPasses(lab, {
    extract: [...data, '--taps', taps, '--reduce', 'flatten'],
    cache: lab.path('cache', skip),
    passes: [
      {
        models: [models],
        folders: SCHEDULE.checkpoints.map((step) => checkpointFolder({ step, modelSeed: null })),
        ways: [{ args: ['--l2', L2], out }],
      },
    ],
  });
  return lab.report(out);
}

function title(skip: Skip): string {
  return skip === 'with-skip' ? 'with the skip connection' : 'without it';
}

async function run(lab: Lab): Promise<Page> {
  const mnist = findMnist();
  const runs = {
    'with-skip': await measure(lab, mnist, 'with-skip'),
    'without-skip': await measure(lab, mnist, 'without-skip'),
  };
  const checkpoint = (step: number) => join(modelsOf(lab, 'with-skip'), stepFolder(step));
  const kernels = await kernelChanges(checkpoint(0), checkpoint(STEPS));
  return {
    about: ABOUT,
    findings: skipFindings({ layers: DEEP_MLP.layers, runs, kernels }),
    tables: SKIPS.map((skip) => depthTable(skip, runs[skip], deepMlpTaps(skip))),
    figures: SKIPS.flatMap((skip) => [
      ...figure(
        runs[skip],
        'error-by-depth.label.svg',
        `${title(skip)}: error by depth, a line for each step`,
      ),
      ...figure(runs[skip], 'network-frames.label.svg', `${title(skip)}: Figure 6, a frame for each step`),
    ]),
    notes: [NOTE],
  };
}

/** `make experiment-mlp-128`. */
export const mlp128: Experiment = { title: 'mlp-128: Figure 6', run };
