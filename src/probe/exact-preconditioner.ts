/**
 * The preconditioner (w G + l2 I)^-1 in float64, through the eigenvectors of G = Z'Z / n: where features are nearly or
 * entirely dependent, float32 has noise in place of the small eigenvalues, and L-BFGS spends its memory on it.
 */
import type { Objective, Point, ProblemShape } from './point.js';
import type { PreconditionerAt } from './preconditioner.js';
import type { Asking } from './solver-protocol.js';
import { type Spectrum, spectrumOf, turned, turnedBack } from './spectrum.js';

/** Beyond this many features the decomposition takes longer than the passes that it saves... */
const MOST_FEATURES = 1024;

/** ...and beyond this size so do products with the eigenvectors whose eigenvalues are more than rounding. */
const MOST_NUMBERS = 256 ** 2;

/** Eigenvalues below this part of the largest are rounding. */
const NEGLIGIBLE = 1e-13;

/**
 * Makes preconditioners for problems of one shape on the same rows: asks for the second moments once, when it is first
 * needed. Undefined for features that are too many, and do not depend on each other.
 */
export function exactPreconditioners({ features, classes }: ProblemShape) {
  let kept: Spectrum | undefined;
  return function* (objective: Objective, { position }: Point): Asking<PreconditionerAt | undefined> {
    if (features > MOST_FEATURES) return undefined;
    kept ??= largestOf(spectrumOf(yield* objective.featureMoment(position), features));
    const spectrum = kept;
    const { values } = spectrum;
    if (values.length * features > MOST_NUMBERS) return undefined;
    return (curvature, l2) => {
      // Where an eigenvalue is 0 the inverse is 1 / l2: what the others differ from that is added.
      const factors = values.map((value) => 1 / (curvature * value + l2) - 1 / l2);
      return (vector) => {
        const weights = vector.subarray(0, features * classes);
        const turnedBy = turnedBack(spectrum, turned(spectrum, weights, classes), factors);
        return vector.map((value, at) =>
          at < weights.length ? value / l2 + turnedBy[at]! : value / curvature,
        );
      };
    };
  };
}

/** Those eigenvectors whose eigenvalues are more than rounding. */
function largestOf({ features, values, vectors }: Spectrum): Spectrum {
  const most = values.reduce((largest, value) => Math.max(largest, value), 0);
  const kept = [...values.keys()].filter((k) => values[k]! > NEGLIGIBLE * most);
  return {
    features,
    values: Float64Array.from(kept, (k) => values[k]!),
    vectors: Float64Array.from(
      { length: kept.length * features },
      (_, at) => vectors[kept[Math.floor(at / features)]! * features + (at % features)]!,
    ),
  };
}
