/**
 * The experiments of the paper, each a program that can be interrupted and goes on where it was:
 *
 *     npx tsx scripts/experiments/run.ts NAME ...        (make experiment-NAME)
 *
 * Networks, caches and runs go to data/experiments/NAME; what was found is a section of RESULTS.md beside this file.
 */
import { join } from 'node:path';
import { messageOf, UserError, unknownName } from '../../src/errors.js';
import { circumstances, keepSection, load, type ResultsPage } from '../results-page.js';
import { branches } from './branches.js';
import type { Experiment } from './experiment.js';
import { factors } from './factors.js';
import { imagenetteMobilenet, imagenetteResnet50 } from './imagenette.js';
import { EXPERIMENTS_FOLDER, Lab } from './lab.js';
import { mlp128 } from './mlp-128.js';
import { mnistConvnet } from './mnist-convnet.js';
import { pageText } from './page.js';
import { randomLabels } from './random-labels.js';
import { CommandFailedError } from './strata-command.js';

const EXPERIMENTS: Readonly<Record<string, Experiment>> = {
  'mnist-convnet': mnistConvnet,
  'mlp-128': mlp128,
  'imagenette-resnet50': imagenetteResnet50,
  'imagenette-mobilenet': imagenetteMobilenet,
  branches,
  factors,
  'random-labels': randomLabels,
};

const RESULTS: ResultsPage = {
  path: 'scripts/experiments/RESULTS.md',
  head: [
    "# The paper's experiments",
    '',
    'Alain & Bengio, *Understanding intermediate layers using linear classifier probes*. Each section is written by the program',
    'that its command runs, and names what the paper says beside what was found. Networks, caches and runs are in',
    '`data/experiments`; a command that is run again goes on from there. The machine did other work beside most of these runs:',
    'wall times are upper bounds, and the processor time, which counts both of its hardware threads, says what the work was.',
  ].join('\n'),
  order: Object.values(EXPERIMENTS).map(({ title }) => title),
};

function experimentOf(name: string): Experiment {
  const found = EXPERIMENTS[name];
  if (found === undefined) throw unknownName('experiment', name, Object.keys(EXPERIMENTS));
  return found;
}

async function runExperiment(name: string): Promise<void> {
  const experiment = experimentOf(name);
  const variant = experiment.variant?.();
  const before = load();
  const folder = join(EXPERIMENTS_FOLDER, variant === undefined ? name : `${name}-${variant}`);
  const lab = await Lab.open(folder, (line) => console.error(`experiment ${name}: ${line}`));
  const page = await experiment.run(lab);
  const title = variant === undefined ? experiment.title : `${experiment.title}, ${variant}`;
  const { commands, spent } = lab;
  const body = pageText(page, { name, commands, spent, circumstances: circumstances(before) });
  const text = `## ${title}\n\n${body}`;
  console.log(text);
  await keepSection(RESULTS, { title, text });
}

function exitCodeFor(error: unknown): number {
  if (error instanceof CommandFailedError) return error.exitCode;
  return error instanceof UserError ? 2 : 1;
}

try {
  const names = process.argv.slice(2);
  if (names.length === 0) throw new UserError(`which experiment? (${Object.keys(EXPERIMENTS).join(', ')})`);
  for (const name of names) experimentOf(name);
  for (const name of names) await runExperiment(name);
} catch (error) {
  const expected = error instanceof UserError || error instanceof CommandFailedError;
  console.error(expected ? `experiment: ${messageOf(error)}` : error);
  process.exitCode = exitCodeFor(error);
}
