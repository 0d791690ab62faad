/**
 * Ridge regression on one-hot targets, on standardised features, the bias not penalised:
 *
 *     (1/n) ||Y - Z W - 1 b'||^2 + l2 ||W||^2        W = (S + l2 1)^-1 C,   b = y - W'm
 *
 * with m and y the mean row and target, S = Z'Z / n - m m' and C = Z'Y / n - m y'. It is scikit-learn's Ridge with
 * alpha = n l2 on the columns of Y; its RidgeClassifier has targets of -1 and 1, and so weights 2 W and biases 2 b - 1,
 * which put the same class first. The scores Z W + 1 b' are no log-probabilities.
 */
import { type ClassSums, classSums } from './class-sums.js';
import { checkCovarianceFits, covarianceOf, type SameRows, sameRows } from './covariance.js';
import { type ExactProbe, exactProbes } from './exact-probes.js';
import { type FittedSet, leaveOneOut, type RidgeFits } from './leave-one-out.js';
import { rescaledCovariance, rescaledSums, sharedProbe } from './rescaling.js';
import type { LinearProbe } from './score-split.js';
import { spectrumOf, turned, turnedBack } from './spectrum.js';
import type { TrainedProbe } from './train-softmax.js';
import type { TrainingWork } from './trainers.js';

/**
 * Trains the probes of each label set at every l2, with their exact leave-one-out, in three passes, and two more for
 * each further set of rows that have labels.
 *
 * @throws UserError for more features than the memory has room for.
 */
export async function trainRidge(work: TrainingWork): Promise<TrainedProbe[][]> {
  const { passes, labels, l2, solverBytes, signal } = work;
  checkCovarianceFits('ridge', passes.features, 4 * solverBytes);
  return exactProbes(work, async (passed) => {
    const sums = await classSums(passes, labels, signal);
    passed();
    const solved: ExactProbe[][] = [];
    for (const rows of sameRows(labels)) {
      const gram = await passes.gram({ signal, picks: rows.picks, precision: 'float64' });
      passed();
      const fits = fitsOf(work, { gram, rows, sums });
      // A fold is left out already.
      const left = rows.rescaling === undefined ? await leaveOneOut(passes, fits, signal) : undefined;
      if (left !== undefined) passed();
      for (const [at, place] of rows.places.entries()) {
        const probeAt = (value: number) =>
          sharedProbe(ridgeProbe(fits, fits.sets[at]!, value), rows.rescaling);
        solved[place] = l2.map((value, own) => ({
          l2: value,
          probe: probeAt(value),
          leaveOneOut: left?.[at]?.[own],
        }));
      }
    }
    return solved;
  });
}

function fitsOf(
  { labels, l2 }: TrainingWork,
  { gram, rows, sums }: { gram: Float64Array; rows: SameRows; sums: readonly ClassSums[] },
): RidgeFits {
  const { rescaling } = rows;
  const shared = sums[rows.places[0]!]!;
  const { rows: count, features } = shared;
  const covariance = rescaledCovariance(covarianceOf(gram, shared.total, count), rescaling);
  const spectrum = spectrumOf(covariance, features);
  const sets = rows.places.map((place): FittedSet => {
    const own = rescaledSums(sums[place]!, rescaling);
    const { classes } = own;
    const cross = turned(spectrum, crossCovariance(own), classes);
    return {
      labels: labels[place]!.labels.train,
      frequencies: own.counts.map((n) => n / count),
      classes,
      cross,
    };
  });
  return {
    spectrum,
    rows: count,
    centre: rescaledSums(shared, rescaling).total.map((sum) => sum / count),
    sets,
    l2,
  };
}

/** C, (features, classes). */
function crossCovariance({ sums, total, counts, rows, classes }: ClassSums): Float64Array {
  return sums.map(
    (sum, at) => (sum - (total[Math.floor(at / classes)]! * counts[at % classes]!) / rows) / rows,
  );
}

function ridgeProbe(
  { spectrum, centre }: RidgeFits,
  { classes, cross, frequencies }: FittedSet,
  l2: number,
): LinearProbe {
  const inverse = spectrum.values.map((value) => 1 / (value + l2));
  const weight = turnedBack(spectrum, cross, inverse);
  const bias = frequencies.slice();
  for (let at = 0; at < weight.length; at++)
    bias[at % classes]! -= centre[Math.floor(at / classes)]! * weight[at]!;
  return { classes, weight, bias };
}
