/**
 * Linear discriminant analysis, on standardised features: classes are normal with means mu_c and one covariance,
 *
 *     logits_c = z' S^-1 mu_c - mu_c' S^-1 mu_c / 2 + log pi_c         S = (1 - s) S_w + s t 1,  s = l2 / (1 + l2)
 *
 * with S_w = sum_i (z_i - mu_y)(z_i - mu_y)' / n the covariance within classes, t the mean of its diagonal over the
 * features that vary, and pi_c the part of the rows that class c has: scikit-learn's LinearDiscriminantAnalysis with
 * solver lsqr or eigen and shrinkage s. So l2 is the weight of the shrunk part over that of the other, and plays the
 * part it has for softmax: the larger, the simpler. The softmax is the posterior.
 */
import { type ClassSums, classMeans, classSums } from './class-sums.js';
import { checkCovarianceFits, covarianceAbout, sameRows } from './covariance.js';
import { type ExactProbe, exactProbes } from './exact-probes.js';
import { heard } from './row-passes.js';
import { spectrumOf, turned, turnedBack } from './spectrum.js';
import type { TrainedProbe } from './train-softmax.js';
import type { TrainingWork } from './trainers.js';

/**
 * Trains the discriminants of each label set at every l2, in two passes, or more where label sets leave out different
 * rows, and one decomposition for each label set.
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
    for (const { places, picks } of sameRows(labels)) {
      const gram = await passes.gram(signal, picks);
      passed();
      for (const place of places) {
        await heard(signal);
        solved[place] = discriminants(gram, sums[place]!, l2);
      }
    }
    return solved;
  });
}

function discriminants(gram: Float64Array, own: ClassSums, l2: readonly number[]): ExactProbe[] {
  const { features, classes, counts, rows } = own;
  const within = covarianceAbout(gram, own);
  const spread = meanVariance(within, gram, features);
  const spectrum = spectrumOf(within, features);
  const means = turned(spectrum, classMeans(own), classes);
  const logPriors = counts.map((count) => Math.log(count / rows));
  return l2.map((value) => {
    const inverse = spectrum.values.map((own) => (1 + value) / (own + value * spread));
    const bias = biasesOf(means, inverse, logPriors);
    return { l2: value, probe: { classes, weight: turnedBack(spectrum, means, inverse), bias } };
  });
}

/** -mu' S^-1 mu / 2 + log pi: a sum of squares along the eigenvectors. */
function biasesOf(means: Float64Array, inverse: Float64Array, logPriors: Float64Array): Float32Array {
  const classes = logPriors.length;
  const bias = logPriors.slice();
  for (let at = 0; at < means.length; at++)
    bias[at % classes]! -= (means[at]! ** 2 * inverse[Math.floor(at / classes)]!) / 2;
  return Float32Array.from(bias);
}

/** Over the features that vary; 1 where nothing does within a class, and any positive number will do. */
function meanVariance(within: Float64Array, gram: Float64Array, features: number): number {
  let [sum, varying] = [0, 0];
  for (let at = 0; at < within.length; at += features + 1) {
    sum += Math.max(0, within[at]!);
    varying += Number(gram[at]! > 0);
  }
  return sum > 0 ? sum / varying : 1;
}
