import { randomStream } from '../../src/random.js';
import type { FeatureSource } from '../../src/read/feature-source.js';
import type { PerSplit } from '../../src/split.js';

/** Features and labels of one split, in float64-exact float32. */
export interface SmallSplit {
  readonly features: Float32Array;
  readonly labels: Int32Array;
}

/** A source over an array, in blocks of a few rows, that counts its reads. */
export function arraySource(
  values: Float32Array,
  features: number,
  blockRows = 7,
): FeatureSource & { reads: number } {
  return {
    rows: values.length / features,
    features,
    reads: 0,
    async *blocks() {
      this.reads += 1;
      for (let row = 0; row < this.rows; row += blockRows) {
        const rows = Math.min(blockRows, this.rows - row);
        yield { rows, values: values.slice(row * features, (row + rows) * features) };
      }
    },
  };
}

/** Rows drawn around one centre per class, `noise` wide: correlated, of different scales and offsets. */
export function drawSplit(options: {
  readonly rows: number;
  readonly features: number;
  readonly classes: number;
  readonly noise: number;
  readonly seed: number;
  readonly part: string;
}): SmallSplit {
  const { rows, features, classes, noise, seed, part } = options;
  const centres = normals(classes * features, seed, 'centres');
  const random = randomStream(seed, part, 'labels');
  const labels = Int32Array.from({ length: rows }, (_, row) =>
    row < classes ? row : random.integer(0, classes - 1),
  );
  const draws = normals(rows * features, seed, part);
  const values = new Float32Array(rows * features);
  for (let at = 0; at < values.length; at++) {
    const feature = at % features;
    const row = (at - feature) / features;
    const own = centres[labels[row]! * features + feature]! + noise * draws[at]!;
    const neighbour = feature === 0 ? 0 : draws[at - 1]! * noise;
    values[at] = (own + neighbour) * 10 ** ((feature % 3) - 1) + 5 * feature;
  }
  return { features: values, labels };
}

/** The three splits of a small problem. */
export function drawProblem(options: {
  readonly rows: PerSplit<number>;
  readonly features: number;
  readonly classes: number;
  readonly noise: number;
  readonly seed: number;
}): PerSplit<SmallSplit> {
  const of = (part: 'train' | 'valid' | 'test') => drawSplit({ ...options, rows: options.rows[part], part });
  return { train: of('train'), valid: of('valid'), test: of('test') };
}

/** Normal numbers, by Box and Muller. */
export function normals(count: number, ...seed: (string | number)[]): Float64Array {
  const random = randomStream(...seed, 'normals');
  return Float64Array.from(
    { length: count },
    () => Math.sqrt(-2 * Math.log(1 - random.uniform())) * Math.cos(2 * Math.PI * random.uniform()),
  );
}
