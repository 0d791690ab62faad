/** Section 4.1, Figure 4: a probe at every merge of a large pre-trained network. */
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { UserError } from '../../src/errors.js';
import { sidecarPath } from '../../src/model/sidecar.js';
import type { Experiment } from './experiment.js';
import { figure4Findings, figure4Table, PAPER_FIGURE_4 } from './imagenette-findings.js';
import type { Lab } from './lab.js';
import { figure, type Page } from './page.js';

const ON_IMAGENET =
  '_On ImageNet itself_: the commands, and what they cost in hours and disk, are in the README, _Figure 4 on ImageNet_.';

/** A network at hand, and what it needs to be run. */
interface Network {
  readonly title: string;
  readonly model: string;
  readonly preprocess: string;
  /** The names of its outputs, where it ends in a classifier. */
  readonly classMap?: string;
  readonly about: string;
  /** The paper's error at each tap, where the network is the paper's. */
  readonly paper: readonly number[];
}

const SHARED = '../shared';
const IMAGENETTE = `folder:${SHARED}/data/imagenette`;

const RESNET50: Network = {
  title: 'imagenette-resnet50: Figure 4',
  model: `${SHARED}/models/resnet50-to-add12`,
  preprocess: 'caffe',
  about:
    'Section 4.1, Figure 4: the merges of ResNet-50, pooled per channel. The network at hand ends at its 13th of 16 merges.',
  paper: PAPER_FIGURE_4,
};

const MOBILENET: Network = {
  title: 'imagenette-mobilenet: Figure 4',
  model: `${SHARED}/models/mobilenet-v2`,
  preprocess: 'tf',
  classMap: `${SHARED}/data/wnids1000.txt`,
  about:
    'Figure 4 again, on a network with a classifier of its own, MobileNetV2, whose error is the line that probes are compared with.',
  paper: [],
};

/** What is asked for: `make experiment-imagenette-resnet50 DATASET=folder:/data/imagenet MODEL=models/resnet50`. */
export interface Choice {
  readonly dataset: string;
  readonly model: string;
  readonly classMap?: string | undefined;
  /** Whether it is the data at hand, or what the user named. */
  readonly from: 'at hand' | 'named';
}

/** Reads the choice from the environment that make passes on. */
export function choiceOf(
  { model, classMap }: Pick<Network, 'model' | 'classMap'>,
  { DATASET, MODEL, CLASS_MAP }: NodeJS.ProcessEnv,
): Choice {
  return {
    dataset: DATASET || IMAGENETTE,
    model: MODEL || model,
    classMap: CLASS_MAP || (MODEL ? undefined : classMap),
    from: DATASET || MODEL ? 'named' : 'at hand',
  };
}

function requireThere({ dataset, model }: Choice): void {
  const missing = [dataset.replace(/^folder:/, ''), model].find((path) => !existsSync(path));
  if (missing === undefined) return;
  throw new UserError(
    `not found: ${missing} (name data and network: DATASET=folder:/data/imagenet MODEL=models/resnet50)`,
  );
}

/** Whether the model says by itself how images are preprocessed, as one that `make export-model` wrote does. */
function hasSidecar({ model }: Choice): boolean {
  return existsSync(sidecarPath(model));
}

function shortName({ dataset, model }: Choice): string {
  return `${basename(dataset)}-${basename(model)}`;
}

async function measure(lab: Lab, network: Network): Promise<Page> {
  const choice = choiceOf(network, process.env);
  requireThere(choice);
  const [cache, out] = [lab.path('cache'), lab.path('run')];
  await lab.extract([
    ...['--dataset', choice.dataset, '--carve', 'test=0', '--model', choice.model],
    ...(hasSidecar(choice) ? [] : ['--preprocess', network.preprocess]),
    ...['--taps', 'paper', '--reduce', 'average-pool'],
    ...(choice.classMap === undefined ? [] : ['--class-map', choice.classMap]),
    ...['--cache', cache],
  ]);
  const run = await lab.probe(['--cache', cache, '--out', out]);
  const [probed] = run.probed;
  if (probed === undefined) throw new RangeError('a run without probes');
  return {
    about: network.about,
    findings: figure4Findings(probed),
    tables: [figure4Table(probed, network.paper)],
    figures: [
      ...figure(run, 'error-by-depth.label.svg', 'Figure 4b: error by merge'),
      ...figure(run, 'network.label.svg', 'the network coloured by error'),
    ],
    notes: choice.from === 'named' ? [] : [ON_IMAGENET],
  };
}

function experimentOf(network: Network): Experiment {
  return {
    title: network.title,
    variant: () => {
      const choice = choiceOf(network, process.env);
      return choice.from === 'named' ? shortName(choice) : undefined;
    },
    run: (lab) => measure(lab, network),
  };
}

/** `make experiment-imagenette-resnet50`. */
export const imagenetteResnet50: Experiment = experimentOf(RESNET50);

/** `make experiment-imagenette-mobilenet`. */
export const imagenetteMobilenet: Experiment = experimentOf(MOBILENET);
