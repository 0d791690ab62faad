/**
 * Problems for the solver that nobody has chosen: sizes drawn log-uniformly, features that are correlated, duplicated,
 * constant, heavy-tailed, rescaled or of low rank, classes near or far, labels absent.
 */
import { type RandomStream, randomStream } from '../../src/random.js';

/** The largest of each size. */
export interface ProblemSizes {
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
  /** Most multiplications of one pass over the rows. */
  readonly products: number;
}

/** One problem. Labels are -1 where they are absent. */
export interface RandomProblem {
  readonly seed: number;
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
  readonly l2: number;
  /** What was done to the features, for messages. */
  readonly traits: readonly string[];
  /** (rows, features). */
  readonly values: Float32Array;
  readonly labels: Int32Array;
}

/** The problem of a seed. The same seed and sizes give the same problem. */
export function randomProblem(seed: number, sizes: ProblemSizes): RandomProblem {
  const random = randomStream(seed, 'random problem');
  const { rows, features, classes } = drawSizes(random, sizes);
  const l2 = 10 ** -(7 * random.uniform());
  const traits = TRAITS.filter(({ part }) => random.uniform() < part).map(({ name }) => name);
  const labels = Int32Array.from({ length: rows }, (_, row) =>
    row < 2 * classes ? row % classes : Math.floor(classes * random.uniform() ** 1.5),
  );
  const values = drawFeatures(random, { rows, features, classes, labels, traits });
  if (traits.includes('missing labels'))
    for (let row = 2 * classes; row < rows; row++) if (random.uniform() < 0.4) labels[row] = -1;
  return { seed, rows, features, classes, l2, traits, values, labels };
}

const TRAITS = [
  { name: 'low rank', part: 0.3 },
  { name: 'duplicated', part: 0.3 },
  { name: 'constant', part: 0.3 },
  { name: 'heavy-tailed', part: 0.25 },
  { name: 'rescaled', part: 0.3 },
  { name: 'separable', part: 0.3 },
  { name: 'random labels', part: 0.15 },
  { name: 'missing labels', part: 0.35 },
] as const;

function drawSizes(random: RandomStream, sizes: ProblemSizes) {
  for (;;) {
    const rows = logUniform(random, 20, sizes.rows);
    const features = logUniform(random, 1, sizes.features);
    const classes = logUniform(random, 2, Math.min(sizes.classes, Math.floor(rows / 4)));
    if (rows * features * classes <= sizes.products && rows * features <= sizes.products / 4)
      return { rows, features, classes };
  }
}

function logUniform(random: RandomStream, least: number, most: number): number {
  return Math.round(least * (most / least) ** random.uniform());
}

function drawFeatures(
  random: RandomStream,
  {
    rows,
    features,
    classes,
    labels,
    traits,
  }: {
    rows: number;
    features: number;
    classes: number;
    labels: Int32Array;
    traits: readonly string[];
  },
): Float32Array {
  const has = (trait: (typeof TRAITS)[number]['name']) => traits.includes(trait);
  const rank = has('low rank') ? Math.min(features, 1 + Math.floor(6 * random.uniform())) : features;
  const spread = has('random labels') ? 0 : has('separable') ? 4 : 0.7;
  const centres = normals(random, classes * rank).map((value) => spread * value);
  const mix = rank < features ? normals(random, rank * features) : undefined;
  const kinds = Array.from({ length: features }, () => random.uniform());
  const scales = kinds.map(() => (has('rescaled') ? 10 ** (12 * random.uniform() - 6) : 1));
  const offsets = scales.map((scale) => (has('rescaled') ? 100 * scale * (random.uniform() - 0.5) : 1));
  const values = new Float32Array(rows * features);
  for (let row = 0; row < rows; row++) {
    const noise = normals(random, rank);
    const label = labels[row]!;
    const hidden = noise.map((value, at) => value + centres[label * rank + at]!);
    for (let at = 0; at < features; at++) {
      let value = mix === undefined ? hidden[at]! : 0;
      if (mix !== undefined) for (let k = 0; k < rank; k++) value += hidden[k]! * mix[k * features + at]!;
      if (has('heavy-tailed') && kinds[at]! > 0.7) value *= (1 - random.uniform()) ** (-1 / 1.5);
      if (has('constant') && kinds[at]! < 0.1) value = 1;
      values[row * features + at] = value * scales[at]! + offsets[at]!;
    }
    if (has('duplicated'))
      for (let at = 1; at < features; at += 3) values[row * features + at] = values[row * features + at - 1]!;
  }
  return values;
}

function normals(random: RandomStream, count: number): Float64Array {
  const out = new Float64Array(count);
  for (let at = 0; at < count; at += 2) {
    const radius = Math.sqrt(-2 * Math.log(1 - random.uniform()));
    const angle = 2 * Math.PI * random.uniform();
    out[at] = radius * Math.cos(angle);
    if (at + 1 < count) out[at + 1] = radius * Math.sin(angle);
  }
  return out;
}
