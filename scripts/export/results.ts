import type { ResultsPage } from '../results-page.js';

/** The titles of the sections of {@link RESULTS}. */
export const SECTIONS = {
  agreement: 'One network in every format',
  networks: "The paper's networks",
  points: 'The points of `--taps paper`',
} as const;

/** What exported networks gave, measured by `make measure-networks` and `make measure-agreement`. */
export const RESULTS: ResultsPage = {
  path: 'scripts/export/RESULTS.md',
  head: [
    '# Exported networks',
    '',
    'Made by `make measure-networks` and `make measure-agreement`, section by section. Every network has random weights: exporting,',
    'speed, memory and the points to probe do not depend on them.',
  ].join('\n'),
  order: [SECTIONS.networks, SECTIONS.points, SECTIONS.agreement],
};

/** The images that networks are run on; the embedded ones where they are missing. */
export const IMAGENETTE = '../shared/data/imagenette';
