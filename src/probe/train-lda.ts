/**
 * Linear discriminant analysis, on standardised features: classes are normal with means mu_c and one covariance,
 *
 *     logits_c = (z - m)' w_c - (mu_c - m)' w_c / 2 + log pi_c       w_c = S^-1 (mu_c - m),  m the mean row
 *     S = (1 - s) S_w + s t 1,  s = l2 / (1 + l2)
 *
 * with S_w = sum_i (z_i - mu_y)(z_i - mu_y)' / n the covariance within classes, t the mean of its diagonal over the
 * features that vary, and pi_c the part of the rows that class c has: scikit-learn's LinearDiscriminantAnalysis with
 * solver lsqr or eigen and shrinkage s. So l2 is the weight of the shrunk part over that of the other, and plays the
 * part it has for softmax: the larger, the simpler. The softmax is the posterior.
 *
 * One decomposition of the covariance of all rows, S_t = S_w + M D M' with M = (mu_c - m), D = diag(pi), serves every
 * label set and l2: with A = S_t + l2 t 1, and R = D^1/2 M' A^-1 M D^1/2, whose eigenvalues are squared correlations,
 *
 *     (S_w + l2 t 1)^-1 M = A^-1 M D^1/2 (1 - R)^-1 D^-1/2
 */
import { type ClassSums, classMeans, classSums } from './class-sums.js';
import { checkCovarianceFits, covarianceOf, sameRows } from './covariance.js';
import { type ExactProbe, exactProbes } from './exact-probes.js';
import { rescaledCovariance, rescaledSums, sharedProbe } from './rescaling.js';
import { type Spectrum, spectrumOf, turned, turnedBack } from './spectrum.js';
import { symmetricEigen } from './symmetric-eigen.js';
import type { TrainedProbe } from './train-softmax.js';
import type { TrainingWork } from './trainers.js';

/** The least spread within classes, of a variance of 1: where they have less, what is left is rounding. */
const LEAST_SPREAD = 1e-6;

/** Correlations are rounded to this: 1 - R is never singular, the rows within a class being spread by l2. */
const LEAST_REST = 1e-12;

/** A label set, turned into the eigenvectors of the rows' covariance. */
interface Classes {
  readonly spectrum: Spectrum;
  /** m, (features). */
  readonly centre: Float64Array;
  /** V'M, (features, classes). */
  readonly means: Float64Array;
  readonly priors: Float64Array;
  /** t. */
  readonly spread: number;
}

/**
 * Trains the discriminants of each label set at every l2, in two passes, and one more for each further set of rows that
 * have labels.
 *
 * @throws UserError for more features than the memory has room for.
 */
export async function trainLda(work: TrainingWork): Promise<TrainedProbe[][]> {
  const { passes, labels, l2, solverBytes, signal } = work;
  checkCovarianceFits('lda', passes.features, 4 * solverBytes);
  return exactProbes(work, async (passed) => {
    const sums = await classSums(passes, labels, signal);
    passed();
    const solved: ExactProbe[][] = [];
    for (const { places, picks, rescaling } of sameRows(labels)) {
      const gram = await passes.gram({ signal, picks, precision: 'float64' });
      passed();
      const { total, rows, features } = sums[places[0]!]!;
      const covariance = rescaledCovariance(covarianceOf(gram, total, rows), rescaling);
      const spectrum = spectrumOf(covariance, features);
      for (const place of places) {
        const classes = classesOf(spectrum, rescaledSums(sums[place]!, rescaling));
        solved[place] = l2.map((value) => {
          const { probe, ...rest } = discriminants(classes, value);
          return { ...rest, probe: sharedProbe(probe, rescaling) };
        });
      }
    }
    return solved;
  });
}

function classesOf(spectrum: Spectrum, own: ClassSums): Classes {
  const { classes, counts, rows, total } = own;
  const centre = total.map((sum) => sum / rows);
  const priors = counts.map((count) => count / rows);
  const centred = classMeans(own).map((mean, at) => mean - centre[Math.floor(at / classes)]!);
  const means = turned(spectrum, centred, classes);
  const between = means.reduce((sum, mean, at) => sum + priors[at % classes]! * mean * mean, 0);
  const all = spectrum.values.reduce((sum, value) => sum + value, 0);
  const spread = Math.max(LEAST_SPREAD, (all - between) / Math.max(1, varyingFeatures(own)));
  return { spectrum, centre, means, priors, spread };
}

/** Constant features are 0 in every row. */
function varyingFeatures({ sums, features, classes }: ClassSums): number {
  let count = 0;
  for (let feature = 0; feature < features; feature++) {
    count += Number(sums.subarray(feature * classes, (feature + 1) * classes).some((sum) => sum !== 0));
  }
  return count;
}

function discriminants({ spectrum, centre, means, priors, spread }: Classes, l2: number): ExactProbe {
  const classes = priors.length;
  const inverse = spectrum.values.map((value) => 1 / (value + l2 * spread));
  const apart = product(means, withinFromTotal(correlations(means, inverse, priors), priors), classes);
  const factors = inverse.map((value) => value * (1 + l2));
  const weight = turnedBack(spectrum, apart, factors);
  const bias = priors.map(Math.log);
  for (let at = 0; at < weight.length; at++) {
    const feature = Math.floor(at / classes);
    bias[at % classes]! -= centre[feature]! * weight[at]! + (means[at]! * apart[at]! * factors[feature]!) / 2;
  }
  return { l2, probe: { classes, weight, bias } };
}

/** R, (classes, classes). */
function correlations(means: Float64Array, inverse: Float64Array, priors: Float64Array): Float64Array {
  const classes = priors.length;
  const out = new Float64Array(classes * classes);
  for (const [k, factor] of inverse.entries()) {
    const own = means.subarray(k * classes, (k + 1) * classes);
    for (let left = 0; left < classes; left++) {
      const scaled = own[left]! * factor;
      for (let right = 0; right < classes; right++) out[left * classes + right]! += scaled * own[right]!;
    }
  }
  return out.map((sum, at) => sum * Math.sqrt(priors[at % classes]! * priors[Math.floor(at / classes)]!));
}

/** D^1/2 (1 - R)^-1 D^-1/2, (classes, classes). */
function withinFromTotal(correlations: Float64Array, priors: Float64Array): Float64Array {
  const classes = priors.length;
  const { values, vectors } = symmetricEigen(correlations, classes);
  const right = vectors.map((value, at) => {
    const rest = Math.max(LEAST_REST, 1 - values[Math.floor(at / classes)]!);
    return value / (rest * Math.sqrt(priors[at % classes]!));
  });
  const left = new Float64Array(classes * classes).map((_, at) => {
    const row = Math.floor(at / classes);
    return vectors[(at % classes) * classes + row]! * Math.sqrt(priors[row]!);
  });
  return product(left, right, classes);
}

/** (rows, columns) times (columns, columns). */
function product(left: Float64Array, right: Float64Array, columns: number): Float64Array {
  const out = new Float64Array(left.length);
  for (let row = 0; row < left.length; row += columns) {
    for (let inner = 0; inner < columns; inner++) {
      const factor = left[row + inner]!;
      const start = inner * columns;
      for (let at = 0; at < columns; at++) out[row + at]! += factor * right[start + at]!;
    }
  }
  return out;
}
