import type { Dataset } from '../dataset/dataset.js';
import { UserError } from '../errors.js';
import { canonicalJson, type Json, sha256Hex } from '../fingerprint.js';
import { mapClasses } from '../model/class-map.js';
import type { ModelFacts } from '../model/model.js';
import { classifierProblem } from '../model/other-sources.js';
import { scoreClassifier } from '../model/score-classifier.js';

/** The model's own verdict on one sample: its prediction by name, -log p of the true class, and that class's rank. */
export interface ModelVerdict {
  readonly modelPrediction: string;
  readonly modelLoss: number;
  /** 0 where the model is right, 4 or less where it is right among its first five. */
  readonly modelRank: number;
}

/** How a model's own outputs are read as classes of the data set. */
export interface ClassifierScoring {
  readonly outputs: number;
  readonly identity: { readonly [name: string]: Json };
  /** Scores row `row` of the probabilities (batch, outputs) against class `label` of the data set. */
  score(probabilities: Float32Array, row: number, label: number): ModelVerdict;
}

/** Where the names of a model's outputs may come from. */
export interface ScoringOptions {
  readonly model: ModelFacts;
  /** Images per forward pass. */
  readonly batch: number;
  readonly dataset: Dataset;
  /** The names in a class map file that the user gave: what does not fit is an error. */
  readonly classMap?: readonly string[];
  /** The names in the model's sidecar: where they do not fit, the model is simply not scored. */
  readonly sidecarClasses?: readonly string[];
}

/** `classNames` has a name for each output, or for each but the first, which then is a background class. */
function scoringWith(
  classNames: readonly string[],
  outputs: number,
  datasetClasses: readonly string[],
): ClassifierScoring {
  const outputOf = mapClasses({ classNames, outputs, datasetClasses });
  const names = classNames.length === outputs ? classNames : ['background', ...classNames];
  return {
    outputs,
    identity: { outputs, mapSha256: sha256Hex(canonicalJson([[...names], [...outputOf]])) },
    score(probabilities, row, label) {
      const { prediction, loss, rank } = scoreClassifier(
        probabilities.subarray(row * outputs, (row + 1) * outputs),
        outputOf[label] ?? -1,
      );
      return { modelPrediction: names[prediction] ?? String(prediction), modelLoss: loss, modelRank: rank };
    },
  };
}

/**
 * Decides whether a model's own predictions are recorded: it must end in a classifier whose outputs can be named,
 * by a class map, by its sidecar, or by having as many outputs as the data set has classes.
 *
 * @returns the scoring, or why there is none.
 * @throws UserError when a class map was given and does not fit.
 */
export function chooseScoring(options: ScoringOptions): ClassifierScoring | { readonly none: string } {
  const { model, batch, dataset, classMap, sidecarClasses } = options;
  const classes = dataset.labelSets[0]?.classes ?? [];
  if (model.classifier === undefined) {
    if (classMap === undefined) return { none: 'the model does not end in a classifier' };
    throw new UserError(`class map given for a model without a classifier at its end: ${model.name}`);
  }
  const dependence = classifierProblem(model, batch);
  if (dependence !== undefined) return { none: dependence };
  const { outputs } = model.classifier;
  if (classMap !== undefined) {
    return scoringWith(classMap, outputs, classes);
  }
  if (sidecarClasses !== undefined && classes.every((name) => sidecarClasses.includes(name))) {
    return scoringWith(sidecarClasses, outputs, classes);
  }
  if (sidecarClasses === undefined && outputs === classes.length) {
    return scoringWith(classes, outputs, classes);
  }
  return {
    none: `the model has ${outputs} outputs and the data set ${classes.length} classes (--class-map FILE names the outputs)`,
  };
}
