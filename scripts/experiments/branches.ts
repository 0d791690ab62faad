/** Section 4.2 and appendix C, Figures 5, 8 and 9: a network with inception modules and an auxiliary head. */
import { GLYPH_CLASSES } from '../../src/dataset/glyph-factors.js';
import { openDataset } from '../../src/dataset/open-dataset.js';
import { augmentInto } from '../train-glyphnet/augment.js';
import { loadSplit } from '../train-glyphnet/load-split.js';
import type { Experiment } from './experiment.js';
import type { Lab } from './lab.js';
import { buildGlyphInception, GLYPH_INCEPTION_TAPS } from './networks/glyph-inception.js';
import { type Finding, figure, type Page } from './page.js';
import { drawPaths, type PathPlot } from './path-plots.js';
import { errorAt, type Probed, percent } from './probed.js';
import { risesText, stepTable, tapErrors } from './tap-errors.js';
import { trainOnce } from './training/checkpoints.js';
import type { MinibatchSource } from './training/minibatches.js';
import type { Schedule } from './training/train-network.js';

const SIZE = 24;
const STEPS = 1880;

const SCHEDULE: Schedule = {
  optimiser: { kind: 'adam' },
  batch: 64,
  steps: STEPS,
  rate: 0.004,
  lastRate: 0.0001,
  // Inception v3 counts the loss of its auxiliary head at 0.3 or 0.4.
  headWeights: [1, 0.4],
  checkpoints: [0, 50, 200, STEPS],
};

const { main: MAIN, auxiliary: AUXILIARY } = GLYPH_INCEPTION_TAPS;

const ABOUT = [
  'Sections 4.2 and C, Figures 5, 8 and 9, at a size that two cores manage: six inception modules and an auxiliary head on',
  'glyphs, 69,000 weights, 10 epochs. At most 1000 random features for each probe, always the same ones.',
].join('\n');

async function glyphSource(): Promise<MinibatchSource> {
  const samples = await loadSplit(await openDataset('glyphs'), 'train');
  return {
    samples,
    shape: [SIZE, SIZE, 3],
    classes: GLYPH_CLASSES.length,
    writeImage: (target, image, random) => augmentInto(target, image, { size: SIZE, random }),
  };
}

async function train(lab: Lab): Promise<string> {
  const folder = lab.path('models', 'glyph-inception');
  await lab.timed('training', async () => ({
    result: undefined,
    worked: await trainOnce({
      folder,
      seed: 1,
      build: buildGlyphInception,
      schedule: SCHEDULE,
      sidecar: { preprocess: { preset: 'tf' }, classes: [...GLYPH_CLASSES] },
      source: glyphSource,
      say: lab.say,
    }),
  }));
  return folder;
}

/** The paper's statements beside what four moments of training say. */
export function branchFindings(probed: readonly Probed[]): readonly Finding[] {
  const heads = probed.map((one) => {
    const [main, auxiliary] = [errorAt(one, { tap: 'logits' }), errorAt(one, { tap: 'aux_logits' })];
    return { step: one.step, main, auxiliary };
  });
  const led = heads.slice(1).filter(({ main, auxiliary }) => auxiliary < main);
  const end = probed.slice(-1);
  return [
    {
      paper: 'the auxiliary head leads training: its error is lower than the main head’s, by a little',
      here:
        `auxiliary against main head: ${heads.map(({ step, main, auxiliary }) => `${percent(auxiliary)} % and ${percent(main)} % at step ${step}`).join(', ')}; ` +
        `it leads at ${led.length === 0 ? 'none' : led.map(({ step }) => `step ${step}`).join(', ')}`,
    },
    {
      paper: 'separability rises monotonically with depth',
      here: `at the end the main path’s error rises ${risesText(tapErrors(end, MAIN))}; the auxiliary head’s ${risesText(tapErrors(end, ['mixed_4', ...AUXILIARY]))}`,
    },
    {
      paper: 'at first all probes have an error of 100 %',
      here: `at step 0 from ${lowestAndHighest(probed[0]!)} %: chance is ${chanceText(probed[0]!)}, and layers of first weights are still features`,
    },
  ];
}

function chanceText({ run }: Probed): string {
  const chance = run.labelSets.find(({ name }) => name === 'label')?.chance;
  const error = (chance?.test ?? chance?.valid)?.error;
  return error === undefined ? 'unknown' : `${percent(error)} %`;
}

function lowestAndHighest(one: Probed): string {
  const errors = [...MAIN, ...AUXILIARY].map((tap) => errorAt(one, { tap }));
  return `${percent(Math.min(...errors))} to ${percent(Math.max(...errors))}`;
}

/** Depth would run through both branches as if they were one. */
const PATHS: readonly PathPlot[] = [
  {
    name: 'main-path',
    by: 'depth',
    taps: MAIN,
    title: 'Test error along the main path, a line for each step',
    shows: 'error by depth along the main path, a line for each moment',
  },
  {
    name: 'auxiliary-path',
    by: 'depth',
    taps: [...MAIN.slice(0, MAIN.indexOf('mixed_4') + 1), ...AUXILIARY],
    title: 'Test error along the way to the auxiliary head, a line for each step',
    shows: 'the same along the way to the auxiliary head',
  },
  {
    name: 'heads-by-step',
    by: 'step',
    taps: ['logits', 'aux_logits'],
    title: 'Test error of the two heads by training step',
    shows: 'whether the auxiliary head leads: both heads by training step',
  },
];

async function run(lab: Lab): Promise<Page> {
  const models = await train(lab);
  const [cache, out] = [lab.path('cache'), lab.path('run')];
  const taps = [...MAIN, ...AUXILIARY].join(',');
  await lab.extract([
    ...['--dataset', 'glyphs', '--model', models],
    ...['--taps', taps, '--reduce', 'random-subset:1000', '--dtype', 'float16', '--cache', cache],
  ]);
  const probes = await lab.probe(['--cache', cache, '--out', out, '--labels', 'label']);
  return {
    about: ABOUT,
    findings: branchFindings(probes.probed),
    tables: [
      stepTable('The main path: test error in %', probes.probed, MAIN),
      stepTable('The auxiliary head, which leaves after mixed_4: test error in %', probes.probed, AUXILIARY),
    ],
    figures: [
      ...figure(
        probes,
        'network-frames.label.svg',
        'Figure 9: the network coloured by error at the four moments',
      ),
      ...(await drawPaths(out, PATHS, lab.path('figures'))),
    ],
    notes: [],
  };
}

/** `make experiment-branches`. */
export const branches: Experiment = { title: 'branches: Figures 5, 8 and 9', run };
