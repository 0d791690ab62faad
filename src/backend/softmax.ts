import { existsSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { loadedKernels } from './backend.js';
import { softmaxModule } from './tensorflow-package.js';

/**
 * Consecutive rows of features, and how they are standardised: (x - mean) scale in float64, ((x - high) - low) inverse in
 * float32.
 */
export interface NativeRows {
  /** (rows, features) each, row by row: float32, or the bits of float16. */
  readonly blocks: readonly (Float32Array | Uint16Array)[];
  readonly features: number;
  /** The place of the first row in the labels. */
  readonly start: number;
  readonly mean: Float64Array;
  readonly scale: Float64Array;
  readonly high: Float32Array;
  readonly low: Float32Array;
  readonly inverse: Float32Array;
  /** Whether float32 does not have a mean or a scale: then the float64 ones are taken throughout. */
  readonly extreme: boolean;
  /** Row numbers: all other rows are left out. */
  readonly picks?: Int32Array | undefined;
}

/** One problem of a pass that sums. Labels are negative for rows that do not count. All arrays are added to. */
export interface NativeProblem {
  readonly classes: number;
  readonly labels: Int32Array;
  /** The sum of the losses, and that of ||p||^2. */
  readonly sums: Float64Array;
  /** The sums of p p', (classes, classes). */
  readonly moments?: Float64Array | undefined;
}

/** One problem of a pass that scores: an entry of each array for each row. */
export interface NativeScores {
  readonly classes: number;
  readonly labels: Int32Array;
  /** The class of the largest logit, of equal ones the first; -1 where a logit is not finite. */
  readonly predicted: Int32Array;
  /** The rank of the true class, from 0; -1 where the label is negative, and `classes` where a logit is not finite. */
  readonly rank: Int32Array;
  readonly loss: Float32Array;
  /** The largest probability. */
  readonly confidence: Float32Array;
}

/** One problem of a bank that descends. */
export interface NativeDescent {
  readonly classes: number;
  /** Of each row; negative for rows that do not count. */
  readonly labels: Int32Array;
  readonly rate: number;
  readonly l2: number;
}

/** Minibatches of the rows, in order, and how a step is made of each. */
export interface NativeMinibatches {
  /** The place after the last row of each, among the picks where there are any. */
  readonly ends: Int32Array;
  /** Steps taken before. */
  readonly count: number;
  /** The velocity, or Adam's two means; each as the weights lie. */
  readonly states: readonly Float32Array[];
  readonly momentum: number;
  readonly squares: number;
  readonly epsilon: number;
}

/** What `softmax.cc` exports. `weights` is (features + 1, columns), the biases last; `gradient` lies the same way. */
export interface NativeSoftmax {
  moments(
    rows: NativeRows,
    threads: number,
    first: Float32Array,
    sum: Float64Array,
    squares: Float64Array,
  ): Promise<void>;
  /** `rough` allows tiles. */
  gram(rows: NativeRows, threads: number, sums: Float64Array, rough: boolean): Promise<void>;
  /** In float64. */
  exactGram(rows: NativeRows, threads: number, sums: Float64Array): Promise<void>;
  /**
   * As `accumulate`, in float64. Where there is a direction, which lies as the weights do, `gradient` takes the Hessian
   * times it.
   */
  exactAccumulate(
    rows: NativeRows,
    threads: number,
    weights: Float64Array,
    problems: readonly NativeProblem[],
    gradient: Float64Array,
    direction: Float64Array | undefined,
  ): Promise<void>;
  accumulate(
    rows: NativeRows,
    threads: number,
    weights: Float32Array,
    problems: readonly NativeProblem[],
    gradient: Float64Array,
  ): Promise<void>;
  /** In float64. */
  score(
    rows: NativeRows,
    threads: number,
    weights: Float64Array,
    problems: readonly NativeScores[],
  ): Promise<void>;
  /** One step for each minibatch. Weights and states are changed, when all is done. */
  descend(
    rows: NativeRows,
    threads: number,
    weights: Float32Array,
    problems: readonly NativeDescent[],
    minibatches: NativeMinibatches,
  ): Promise<void>;
  /** product (rows, columns) = z W + b, before it returns. */
  multiply(
    rows: NativeRows,
    threads: number,
    weights: Float32Array,
    columns: number,
    product: Float32Array,
  ): void;
  dot(threads: number, left: Float64Array, right: Float64Array): number;
  /** to = left + factor right; `to` may be one of them. */
  addScaled(threads: number, to: Float64Array, left: Float64Array, right: Float64Array, factor: number): void;
  /** Whether wide products may be computed on tiles of bfloat16, where that is said; returns whether they are. */
  tiles(allowed?: boolean): boolean;
}

let loaded: NativeSoftmax | undefined;

/** Our own kernels for softmax regression; undefined where WebAssembly or a GPU computes. */
export function nativeSoftmax(): NativeSoftmax | undefined {
  const kernels = loadedKernels();
  if (kernels === undefined || kernels === 'gpu') return undefined;
  if (loaded !== undefined || !existsSync(softmaxModule())) return loaded;
  const module = { exports: {} };
  process.dlopen(module, softmaxModule());
  loaded = module.exports as NativeSoftmax;
  return loaded;
}

/** How wide matrix products of probes may be computed: as fast as the machine can, or in float32 whatever it can. */
export const PRODUCT_CHOICES = ['auto', 'float32'] as const;

/** One of {@link PRODUCT_CHOICES}. */
export type ProductChoice = (typeof PRODUCT_CHOICES)[number];

/**
 * How the products of training are computed from 32 columns on; scores are always float64. `bfloat16x3`: on a processor's
 * tile units (AMX), each float32 number as the sum of two bfloat16 ones, three products with float32 sums: a relative error
 * of 2^-16 in each term.
 */
export type Products = 'float32' | 'bfloat16x3';

/**
 * Sets how the kernels compute products from now on.
 *
 * @returns what `choice` means on this processor.
 */
export function chooseProducts(choice: ProductChoice = 'auto'): Products {
  return nativeSoftmax()?.tiles(choice === 'auto') ? 'bfloat16x3' : 'float32';
}

/** Whether wide products are computed on tiles now. */
export function tilesInUse(): boolean {
  return nativeSoftmax()?.tiles() ?? false;
}

let cores: number | undefined;

/** Threads for these kernels: those that TensorFlow would take. */
export function softmaxThreads(): number {
  const asked = Number(process.env.TF_NUM_INTRAOP_THREADS);
  cores ??= availableParallelism();
  return Number.isInteger(asked) && asked > 0 ? asked : cores;
}
