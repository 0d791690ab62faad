/**
 * The preconditioner (w G + l2 I)^-1 in float64, through the eigenvectors of G = Z'Z / n: where features are nearly or
 * entirely dependent, float32 has noise in place of the small eigenvalues, and L-BFGS spends its memory on it.
 */
import type { Objective, Point, ProblemShape } from './point.js';
import type { PreconditionerAt } from './preconditioner.js';
import type { Asking } from './solver-protocol.js';
import { type Spectrum, spectrumOf, turned, turnedBack } from './spectrum.js';

/** Beyond this many features the decomposition takes longer than the passes that it saves. */
const MOST_FEATURES = 256;

/**
 * Makes preconditioners for problems of one shape on the same rows: asks for the second moments once, when it is first
 * needed. Undefined for more features than are worth it.
 */
export function exactPreconditioners({ features, classes }: ProblemShape) {
  let spectrum: Spectrum | undefined;
  return function* (objective: Objective, { position }: Point): Asking<PreconditionerAt | undefined> {
    if (features > MOST_FEATURES) return undefined;
    spectrum ??= spectrumOf(yield* objective.featureMoment(position), features);
    const { values } = spectrum;
    const own = spectrum;
    return (curvature, l2) => {
      const factors = values.map((value) => 1 / (curvature * value + l2));
      return (vector) => {
        const weights = vector.subarray(0, features * classes);
        const result = vector.map((value) => value / curvature);
        result.set(turnedBack(own, turned(own, weights, classes), factors));
        return result;
      };
    };
  };
}
