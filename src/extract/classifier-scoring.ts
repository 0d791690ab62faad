import { type ClassOrder, classMapSha256, inClassOrder, isOrderAmbiguous } from '../class-order.js';
import type { Dataset } from '../dataset/dataset.js';
import { UserError } from '../errors.js';
import type { Json } from '../fingerprint.js';
import { mapClasses, outputNames } from '../model/class-map.js';
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
  /** The order that outputs are read in, where the classes lie otherwise in another. */
  readonly order?: ClassOrder;
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
  /** The order of the outputs that the user gave. */
  readonly classOrder?: ClassOrder;
  /** The names in the model's sidecar: where they do not fit, the model is simply not scored. */
  readonly sidecarClasses?: readonly string[];
}

/** What a scoring is made of: the outputs' names, and the output of each class of the data set. */
interface OutputMap {
  readonly names: readonly string[];
  readonly outputOf: readonly number[];
  readonly order?: ClassOrder;
}

function scoringOf({ names, outputOf, order }: OutputMap): ClassifierScoring {
  const outputs = names.length;
  return {
    outputs,
    identity: { outputs, mapSha256: classMapSha256(names, outputOf) },
    ...(order === undefined ? {} : { order }),
    score(probabilities, row, label) {
      const { prediction, loss, rank } = scoreClassifier(
        probabilities.subarray(row * outputs, (row + 1) * outputs),
        outputOf[label] ?? -1,
      );
      return { modelPrediction: names[prediction] ?? String(prediction), modelLoss: loss, modelRank: rank };
    },
  };
}

/** Outputs named by the lines of a class map. */
function mapped(
  classNames: readonly string[],
  outputs: number,
  classes: readonly string[],
): ClassifierScoring {
  const outputOf = mapClasses({ classNames, outputs, datasetClasses: classes });
  return scoringOf({ names: outputNames(classNames, outputs), outputOf });
}

/** Outputs that are the classes in an order; or, where there are more outputs, the numbers that the classes are. */
function ordered(order: ClassOrder, outputs: number, classes: readonly string[]): ClassifierScoring {
  if (outputs === classes.length) {
    const names = inClassOrder(classes, order);
    const outputOf = classes.map((name) => names.indexOf(name));
    return scoringOf({ names, outputOf, ...(isOrderAmbiguous(classes) ? { order } : {}) });
  }
  const numbers = classes.map((name) => (/^\d+$/.test(name) ? Number(name) : outputs));
  if (order === 'numeric' && new Set(numbers).size === numbers.length && Math.max(...numbers) < outputs)
    return scoringOf({ names: namesOfNumbers(classes, outputs), outputOf: numbers });
  throw new UserError(
    `--class-map ${order} does not fit: the model has ${outputs} outputs and the data set ${classes.length} classes ` +
      "(expected as many, or for numeric folders named by the outputs' numbers; a file can name the outputs)",
  );
}

/** Every output by its number, spelled as the class of that number is (`007`). */
function namesOfNumbers(classes: readonly string[], outputs: number): readonly string[] {
  const spelled = new Map(classes.map((name) => [Number(name), name]));
  return Array.from({ length: outputs }, (_, output) => spelled.get(output) ?? String(output));
}

/** The scoring by the names in a sidecar; undefined where these do not fit. */
function bySidecar(names: readonly string[], outputs: number, classes: readonly string[]) {
  if (!classes.every((name) => names.includes(name))) return undefined;
  try {
    return mapped(names, outputs, classes);
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

/**
 * Decides whether a model's own predictions are recorded: it must end in a classifier whose outputs can be named,
 * by a class map, by an order of the classes, by its sidecar, or by having as many outputs as the data set has classes.
 *
 * @returns the scoring, or why there is none.
 * @throws UserError when a class map or an order was given and does not fit.
 */
export function chooseScoring(options: ScoringOptions): ClassifierScoring | { readonly none: string } {
  const { model, batch, dataset, classMap, classOrder, sidecarClasses } = options;
  const classes = dataset.labelSets[0]?.classes ?? [];
  if (model.classifier === undefined) {
    if (classMap === undefined && classOrder === undefined)
      return { none: 'the model does not end in a classifier' };
    throw new UserError(`class map given for a model without a classifier at its end: ${model.name}`);
  }
  const dependence = classifierProblem(model, batch);
  if (dependence !== undefined) return { none: dependence };
  const { outputs } = model.classifier;
  if (classMap !== undefined) return mapped(classMap, outputs, classes);
  if (classOrder !== undefined) return ordered(classOrder, outputs, classes);
  if (sidecarClasses !== undefined) {
    const found = bySidecar(sidecarClasses, outputs, classes);
    if (found !== undefined) return found;
  } else if (outputs === classes.length) {
    if (isOrderAmbiguous(classes)) return ordered('text', outputs, classes);
    return scoringOf({ names: classes, outputOf: classes.map((_, at) => at) });
  }
  return {
    none: `the model has ${outputs} outputs and the data set ${classes.length} classes (--class-map FILE names the outputs)`,
  };
}
