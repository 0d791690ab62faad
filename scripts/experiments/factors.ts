/** Section 3.6: other objectives. One cache, every known factor of the glyphs as a label set. */
import type { Experiment } from './experiment.js';
import type { Lab } from './lab.js';
import { type Finding, figure, type Page, type PageTable } from './page.js';
import { errorAt, type Probed, percent, tapsIn } from './probed.js';

/** The embedded network before and after its training, the second being the one that the experiment is about. */
const NETWORKS = { before: 'data/models/glyphnet-start', after: 'data/models/glyphnet' } as const;

/** What varies in a glyph beside its class. */
export const NUISANCES = ['rotation', 'position', 'colour', 'stroke', 'clutter', 'noise'] as const;

const TAPS = ['image', ...Array.from({ length: 6 }, (_, at) => `add_${at + 1}`), 'pool', 'logits'];

const ABOUT = [
  'Section 3.6, the question "is there any information about factor ... present in this part of the model?", of the embedded',
  'network and every factor that its images are known to vary by. All features of each tap, so that no pooling decides what',
  'is kept.',
].join('\n');

/** Error of every tap and label set, in the order of depth. */
export function factorTable(caption: string, probed: Probed): PageTable {
  const labelSets = ['label', ...NUISANCES];
  const rows = tapsIn(probed).map((tap) => [
    tap,
    ...labelSets.map((labelSet) => percent(errorAt(probed, { tap, labelSet }))),
  ]);
  return { caption, header: ['tap', ...labelSets], rows: [...rows, chanceRow(probed, labelSets)] };
}

function chanceRow({ run }: Probed, labelSets: readonly string[]): readonly string[] {
  const chance = (name: string) => run.labelSets.find((set) => set.name === name)?.chance.test?.error;
  return [
    'chance',
    ...labelSets.map((name) => {
      const error = chance(name);
      return error === undefined ? '' : percent(error);
    }),
  ];
}

/** What happens to each factor from the tap where it is easiest to read to the network's end. */
export function factorFindings(probed: Probed): readonly Finding[] {
  const taps = tapsIn(probed);
  const [first = '', end = ''] = [taps[0], taps.at(-1)];
  const at = (labelSet: string, tap: string) => errorAt(probed, { tap, labelSet });
  const lost = NUISANCES.map((labelSet) => {
    const easiest = taps.reduce((best, tap) => (at(labelSet, tap) < at(labelSet, best) ? tap : best));
    return `${labelSet} ${percent(at(labelSet, easiest))} % at ${easiest}, ${percent(at(labelSet, end))} % at ${end}`;
  });
  return [
    {
      paper: 'any factor can be asked for, at any layer',
      here: `the class falls from ${percent(at('label', first))} % at ${first} to ${percent(at('label', end))} % at ${end}`,
    },
    { paper: '(what is not asked of the network)', here: `is harder to read at the end: ${lost.join('; ')}` },
  ];
}

async function measure(lab: Lab, name: 'before' | 'after') {
  const [cache, out] = [lab.path('cache', name), lab.path('run', name)];
  await lab.extract([
    ...['--dataset', 'glyphs', '--model', NETWORKS[name]],
    ...['--taps', TAPS.join(','), '--reduce', 'flatten', '--cache', cache],
  ]);
  return lab.probe(['--cache', cache, '--out', out]);
}

async function run(lab: Lab): Promise<Page> {
  const after = await measure(lab, 'after');
  const before = await measure(lab, 'before');
  const [trained, untrained] = [after.probed[0]!, before.probed[0]!];
  return {
    about: ABOUT,
    findings: factorFindings(trained),
    tables: [
      factorTable('After training: test error in %', trained),
      factorTable('The same network before training', untrained),
    ],
    figures: [
      ...figure(after, 'error-by-factor.svg', 'tap x factor as a heat map'),
      ...figure(before, 'error-by-factor.svg', 'the same before training'),
      ...figure(after, 'error-by-depth.svg', 'every factor by depth'),
    ],
    notes: [],
  };
}

/** `make experiment-factors`. */
export const factors: Experiment = { title: 'factors: section 3.6', run };
