// Folders 0, 1, ... 11 sorted as text are 0, 1, 10, 11, 2 ...: torchvision's ImageFolder and Keras sort like that, and a network
// trained by them has its outputs in that order; one trained on numbers has them in the order of the numbers. Nothing in the
// network says which.
import { canonicalJson, sha256Hex } from './fingerprint.js';

/** The orders in which a network's outputs can stand for the classes of a data set. */
export const CLASS_ORDERS = ['text', 'numeric'] as const;

/** One of {@link CLASS_ORDERS}. */
export type ClassOrder = (typeof CLASS_ORDERS)[number];

const NUMBER = /^-?\d+(\.\d+)?$/;

/** Numbers within texts, or whole texts that are numbers, by their value; equal values and all else as text. */
function compareNumbers(a: string, b: string): number {
  if (NUMBER.test(a) && NUMBER.test(b)) return Number(a) - Number(b);
  const [left, right] = [a.split(/(\d+)/), b.split(/(\d+)/)];
  for (const [at, part] of left.entries()) {
    const other = right[at];
    if (other === undefined) return 1;
    // Every second part is digits.
    const difference = at % 2 === 1 ? Number(part) - Number(other) : 0;
    if (difference !== 0) return difference;
    if (at % 2 === 0 && part !== other) return part < other ? -1 : 1;
  }
  return left.length - right.length;
}

function compareText(a: string, b: string): number {
  if (a === b) return 0;
  return a < b ? -1 : 1;
}

/** Class names in an order: as text, code by code, or by the numbers in them (`class_2` before `class_10`). */
export function inClassOrder(names: readonly string[], order: ClassOrder): readonly string[] {
  const compare = order === 'text' ? compareText : compareNumbers;
  return [...names].sort((a, b) => compare(a, b) || compareText(a, b));
}

/** Whether classes lie in text order and would lie otherwise by their numbers. */
export function isOrderAmbiguous(names: readonly string[]): boolean {
  const text = inClassOrder(names, 'text');
  return (
    text.join('\n') === names.join('\n') && inClassOrder(names, 'numeric').join('\n') !== text.join('\n')
  );
}

/** The first names in an order, as a sentence shows them. */
export function orderText(names: readonly string[], order: ClassOrder): string {
  const sorted = inClassOrder(names, order);
  // Up to where the orders part, and one more.
  const other = inClassOrder(names, order === 'text' ? 'numeric' : 'text');
  const shown = sorted.findIndex((name, at) => name !== other[at]) + 2;
  return `${sorted.slice(0, Math.max(3, shown)).join(', ')} ...`;
}

/**
 * What identifies how outputs are read as classes: sha256 over the outputs' names and the output of each class.
 *
 * @param outputOf - by the class's place in the data set.
 */
export function classMapSha256(names: readonly string[], outputOf: readonly number[]): string {
  return sha256Hex(canonicalJson([[...names], [...outputOf]]));
}

/** The order that a recorded class map reads outputs in; undefined where it is none of them, or there is but one. */
export function orderOfMap(classes: readonly string[], mapSha256: unknown): ClassOrder | undefined {
  if (!isOrderAmbiguous(classes)) return undefined;
  return CLASS_ORDERS.find((order) => {
    const names = inClassOrder(classes, order);
    return (
      mapSha256 ===
      classMapSha256(
        names,
        classes.map((name) => names.indexOf(name)),
      )
    );
  });
}

/** So many more samples must be right in the other order before it is spoken of. */
const LEAST_GAIN = 5;

/** Counts how often a network would have been right in the order used and in the other one. */
export class OrderTally {
  readonly #classes: readonly string[];
  readonly #used: ClassOrder;
  readonly #other: ClassOrder;
  /** By the name that the order used gives an output: the name that the other one gives it. */
  readonly #otherNames: ReadonlyMap<string, string>;
  #samples = 0;
  #wrong = 0;
  #wrongOther = 0;

  constructor(classes: readonly string[], used: ClassOrder) {
    this.#classes = classes;
    this.#used = used;
    this.#other = used === 'text' ? 'numeric' : 'text';
    const names = inClassOrder(classes, this.#other);
    this.#otherNames = new Map(inClassOrder(classes, used).map((name, at) => [name, names[at]!]));
  }

  /** Takes down one sample: the prediction by its name in the order used, and the true class. */
  add(prediction: string, label: string): void {
    this.#samples += 1;
    this.#wrong += Number(prediction !== label);
    this.#wrongOther += Number(this.#otherNames.get(prediction) !== label);
  }

  /** What to do where the other order fits far better: at most half as many are wrong, and at least five fewer. */
  warning(model: string): string | undefined {
    const gain = this.#wrong - this.#wrongOther;
    if (gain < LEAST_GAIN || this.#wrongOther * 2 > this.#wrong) return undefined;
    const percent = (wrong: number) => `${((100 * wrong) / this.#samples).toFixed(2)} %`;
    return (
      `${model}'s outputs fit the classes in ${this.#other} order (${orderText(this.#classes, this.#other)}) far better: ` +
      `${percent(this.#wrongOther)} of ${this.#samples} samples wrong, not ${percent(this.#wrong)} as in ${this.#used} order ` +
      `(${orderText(this.#classes, this.#used)}), which was used; extract into another cache with --class-map ${this.#other}`
    );
  }
}
