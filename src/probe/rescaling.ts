/**
 * Probes that standardise the features otherwise than the passes they are trained in do: those of folds, by the rows that
 * train them. With z as the passes have it,
 *
 *     z~ = (z - m) s        logits = z~ W~ + b~ = z W + b        W = s W~,   b = b~ - sum_d m_d s_d W~_d
 *
 * so weights are changed on their way into a pass, and the gradient on its way back: G~ = s (G - m g), with g that by the
 * bias. Nothing is read again, and probes of several folds still stand side by side.
 */
import type { ClassSums } from './class-sums.js';
import type { ProbeLabels } from './probe-labels.js';
import type { LinearProbe } from './score-split.js';
import type { Standardisation } from './standardise.js';

/** z~ = (z - mean) scale; a scale of 0 for features that do not vary. */
export interface Rescaling {
  readonly mean: Float64Array;
  readonly scale: Float64Array;
}

/** A label set to train on. */
export interface TrainingLabels extends ProbeLabels {
  /** How its features are standardised, where that is not as those of all train rows. */
  readonly rescaling?: Rescaling | undefined;
}

/** From features standardised one way to the same standardised another way. */
export function rescalingBetween(from: Standardisation, to: Standardisation): Rescaling {
  return {
    mean: to.mean.map((mean, at) => (mean - from.mean[at]!) * from.scale[at]!),
    scale: to.scale.map((scale, at) => (from.scale[at] === 0 ? 0 : scale / from.scale[at]!)),
  };
}

/** Weights over z~, (features, classes) row by row and then the biases, as those over z. */
export function sharedPosition(
  position: Float64Array,
  classes: number,
  { mean, scale }: Rescaling,
): Float64Array {
  const shared = position.slice();
  const biases = position.length - classes;
  for (let at = 0; at < biases; at++) {
    const feature = Math.floor(at / classes);
    shared[at] = scale[feature]! * position[at]!;
    shared[biases + (at % classes)]! -= mean[feature]! * shared[at]!;
  }
  return shared;
}

/** A gradient by weights over z, lying as they do, as that by weights over z~. */
export function ownGradient(
  gradient: Float64Array,
  classes: number,
  { mean, scale }: Rescaling,
): Float64Array {
  const own = gradient.slice();
  const biases = gradient.length - classes;
  for (let at = 0; at < biases; at++) {
    const feature = Math.floor(at / classes);
    own[at] = scale[feature]! * (gradient[at]! - mean[feature]! * gradient[biases + (at % classes)]!);
  }
  return own;
}

/** A probe over z~ as one over z. */
export function sharedProbe(
  { classes, weight, bias }: LinearProbe,
  rescaling: Rescaling | undefined,
): LinearProbe {
  if (rescaling === undefined) return { classes, weight, bias };
  const position = new Float64Array(weight.length + bias.length);
  position.set(weight);
  position.set(bias, weight.length);
  const shared = sharedPosition(position, classes, rescaling);
  return { classes, weight: shared.subarray(0, weight.length), bias: shared.subarray(weight.length) };
}

/** Sums of z by class as those of z~. */
export function rescaledSums(own: ClassSums, rescaling: Rescaling | undefined): ClassSums {
  if (rescaling === undefined) return own;
  const { mean, scale } = rescaling;
  const { classes, counts, rows } = own;
  return {
    ...own,
    sums: own.sums.map((sum, at) => {
      const feature = Math.floor(at / classes);
      return scale[feature]! * (sum - mean[feature]! * counts[at % classes]!);
    }),
    total: own.total.map((sum, feature) => scale[feature]! * (sum - mean[feature]! * rows)),
  };
}

/** A covariance of z, (features, features), as that of z~. */
export function rescaledCovariance(covariance: Float64Array, rescaling: Rescaling | undefined): Float64Array {
  if (rescaling === undefined) return covariance;
  const { scale } = rescaling;
  const features = scale.length;
  return covariance.map((value, at) => scale[Math.floor(at / features)]! * scale[at % features]! * value);
}

/** Second moments of z, (features, features), over rows whose mean is that of the rescaling, as those of z~. */
export function rescaledMoment(moment: Float64Array, { mean, scale }: Rescaling): Float64Array {
  const features = scale.length;
  return moment.map((value, at) => {
    const [left, right] = [Math.floor(at / features), at % features];
    return scale[left]! * scale[right]! * (value - mean[left]! * mean[right]!);
  });
}
