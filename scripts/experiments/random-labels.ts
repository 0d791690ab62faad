/** Section 3.4: probes that overfit. The control with permuted labels, and how it depends on the number of features. */
import { controlName } from '../../src/control-name.js';
import type { Measurement } from '../../src/probe/measurement.js';
import { leastPenalised } from '../../src/report/control-columns.js';
import type { Experiment } from './experiment.js';
import type { Lab } from './lab.js';
import type { Finding, Page, PageTable } from './page.js';
import { type Probed, percent, percentSpread, selectedProbe } from './probed.js';

/** Features for each probe, of the 3,456 that the tap has. */
const FEATURES = [30, 100, 300, 1000, 3000] as const;
/** Training samples. */
const SAMPLES = 2000;
const TAP = 'add_2';
/** From what generalises to what no longer regularises. */
const L2 = '1,1e-1,1e-2,1e-3,1e-4,1e-5,1e-6';
const DRAWS = 3;
const CONTROL = controlName('label');

const ABOUT = [
  'Section 3.4: with too many features a probe can fit labels that mean nothing, and its measurement would be meaningless.',
  `Random subsets of the features of ${TAP} of the embedded network, ${SAMPLES} training samples; labels of train permuted (\`random(label)\`),`,
  'those of valid and test as they are.',
].join('\n');

/** The probes of one number of features. */
interface Row {
  readonly features: number;
  readonly reduction: string;
}

const ROWS: readonly Row[] = FEATURES.map((features) => ({
  features,
  reduction: `random-subset:${features}`,
}));

/** The probe with the smallest l2 of all that were trained: what can be fitted at all. */
export function leastRegularised(
  { measurements }: Pick<Probed, 'measurements'>,
  { reduction, labelSet }: { readonly reduction: string; readonly labelSet: string },
): Measurement {
  const rows = measurements.filter((row) => row.reduction === reduction && row.labelSet === labelSet);
  const least = leastPenalised(rows);
  if (least === undefined) throw new RangeError(`no probe of ${labelSet} with ${reduction}`);
  return least;
}

/** The errors on permuted labels and on the classes for each number of features, with the smallest l2 and as selected on valid. */
export function controlTable(probed: Probed): PageTable {
  const rows = ROWS.map(({ features, reduction }) => {
    const [fitted, selected, classes] = [
      leastRegularised(probed, { reduction, labelSet: CONTROL }),
      selectedProbe(probed, { tap: TAP, reduction, labelSet: CONTROL }),
      selectedProbe(probed, { tap: TAP, reduction }),
    ];
    const draws = selected.seeds;
    return [
      String(features),
      (features / SAMPLES).toFixed(3),
      percent(fitted.train.error),
      percent(selected.train.error),
      percent((selected.test ?? selected.valid).error),
      draws === null
        ? ''
        : percentSpread({ mean: draws.errorMean, deviation: draws.errorSd, count: draws.count }),
      percent(classes.train.error),
      percent((classes.test ?? classes.valid).error),
    ];
  });
  return {
    caption: `Error in %; least l2: ${L2.split(',').at(-1)}`,
    header: [
      'features',
      'per sample',
      'permuted, train, least l2',
      'permuted, train, selected',
      'permuted, test',
      `permuted, valid, ${DRAWS} draws`,
      'classes, train',
      'classes, test',
    ],
    rows,
  };
}

/** The paper's statements beside what the probes did. */
export function controlFindings(probed: Probed): readonly Finding[] {
  const fitted = ROWS.map(({ features, reduction }) => ({
    features,
    error: leastRegularised(probed, { reduction, labelSet: CONTROL }).train.error,
  }));
  const whole = fitted.find(({ error }) => error === 0);
  const [few, many] = [fitted[0]!, fitted.at(-1)!];
  return [
    {
      paper: 'very large models can fit random labels',
      here:
        `permuted labels are fitted to ${percent(few.error)} % with ${few.features} features and to ${percent(many.error)} % with ${many.features}` +
        (whole === undefined ? '' : `; without an error from ${whole.features} features on`),
    },
    {
      paper: 'dimensionality reduction helps with this concern',
      here: 'see the table: fewer features fit less; so does the choice of l2 by valid, at any number of features',
    },
  ];
}

async function run(lab: Lab): Promise<Page> {
  const [cache, out] = [lab.path('cache'), lab.path('run')];
  const reductions = ROWS.map(({ reduction }) => reduction).join(',');
  await lab.extract([
    ...['--dataset', 'glyphs', '--limit', String(SAMPLES), '--taps', TAP],
    ...['--reduce', reductions, '--cache', cache],
  ]);
  const { probed } = await lab.probe([
    ...['--cache', cache, '--out', out, '--labels', 'label,random'],
    ...['--l2', L2, '--seeds', String(DRAWS)],
  ]);
  const [one] = probed;
  if (one === undefined) throw new RangeError('a run without probes');
  return {
    about: ABOUT,
    findings: controlFindings(one),
    tables: [controlTable(one)],
    figures: [],
    notes: [],
  };
}

/** `make experiment-random-labels`. */
export const randomLabels: Experiment = { title: 'random-labels: section 3.4', run };
