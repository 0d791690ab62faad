/**
 * Nearest class centroid, on standardised features:
 *
 *     logits_c = z' mu_c - ||mu_c||^2 / 2 = -||z - mu_c||^2 / 2 + ||z||^2 / 2      mu_c = the mean of class c
 *
 * The largest logit is that of the nearest centroid, and the softmax is the posterior of classes that are as frequent
 * as each other and spread with variance 1 in every direction. Constant features are 0 and play no part.
 */
import { classMeans, classSums } from './class-sums.js';
import { exactProbes } from './exact-probes.js';
import { rescaledSums, sharedProbe } from './rescaling.js';
import type { LinearProbe } from './score-split.js';
import type { TrainedProbe } from './train-softmax.js';
import type { TrainingWork } from './trainers.js';

/** Trains the nearest-centroid probe of each label set, in one pass. There is nothing to select: its l2 is 0. */
export async function trainCentroid(work: TrainingWork): Promise<TrainedProbe[][]> {
  return exactProbes(work, async (passed) => {
    const sums = await classSums(work.passes, work.labels, work.signal);
    passed();
    return sums.map((shared, at) => {
      const { rescaling } = work.labels[at]!;
      const own = rescaledSums(shared, rescaling);
      return [{ l2: 0, probe: sharedProbe(centroidProbe(classMeans(own), own.classes), rescaling) }];
    });
  });
}

function centroidProbe(means: Float64Array, classes: number): LinearProbe {
  const bias = new Float64Array(classes);
  for (let at = 0; at < means.length; at++) bias[at % classes]! -= means[at]! ** 2 / 2;
  return { classes, weight: means, bias };
}
