import type { NetworkBackend } from '../backend/onnx-runtime.js';
import type { Dataset } from '../dataset/dataset.js';
import { DECODE_IDENTITY } from '../decode/decode-image.js';
import { canonicalJson, type Json, sha256Hex } from '../fingerprint.js';
import type { ComputeType } from '../forward/bfloat16.js';
import type { ForwardChoice } from '../forward/forward.js';
import type { ModelFacts } from '../model/model.js';
import { roundingWarning } from '../model/other-sources.js';
import type { Preprocess } from '../model/preprocess.js';
import { poolOrder, poolProblem } from '../reduce/pool-axes.js';
import { perSplit, SPLITS } from '../split.js';
import type { Dtype, ShardFormat } from '../store/column.js';
import { type CacheIdentity, FORMAT_VERSION, type Manifest, makeManifest } from '../store/manifest.js';
import type { ClassifierScoring } from './classifier-scoring.js';

/** Everything that decides what a cache holds. */
export interface CacheDescription {
  readonly dataset: Dataset;
  readonly model: ModelFacts;
  readonly preprocess: Preprocess;
  readonly scoring: ClassifierScoring | undefined;
  readonly backend: Pick<NetworkBackend, 'name' | 'version' | 'kernels'>;
  /** How the network is run: its last bits depend on it. */
  readonly forward: { readonly kind: ForwardChoice };
  readonly compute: ComputeType;
  readonly seed: number;
  readonly batch: number;
  readonly shardRows: number;
  readonly dtype: Dtype;
  readonly format: ShardFormat;
}

function labelSetIdentity(dataset: Dataset): CacheIdentity['labelSets'] {
  return Object.fromEntries(
    dataset.labelSets.map(({ name, classes, labels }) => [
      name,
      { classes, sha256: sha256Hex(canonicalJson(SPLITS.map((split) => sha256Hex(bytesOf(labels[split]))))) },
    ]),
  );
}

function bytesOf(values: Int32Array): Uint8Array {
  return new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
}

/** Eager is what a cache is made with that does not say. */
function numericsOf({ backend, forward, compute }: CacheDescription): CacheIdentity['numerics'] {
  const { name, version, kernels } = backend;
  return {
    backend: name,
    version: kernels === undefined || kernels === 'eigen' ? version : `${version}+${kernels}`,
    compute,
    ...(forward.kind === 'eager' ? {} : { forward: forward.kind }),
  };
}

/** Raised whenever a pool of the same tap comes to other features. */
const POOLING_VERSION = 2;

/**
 * A mark where a network has taps that versions before axes were followed may have pooled otherwise: sequences of an ONNX
 * model, channels that are not last, channels that are not known. All other networks keep their caches.
 */
function poolingIdentity({ format, taps }: ModelFacts): { readonly [name: string]: Json } {
  const isNew = taps.some((tap) => {
    if (tap.shape.length < 2) return false;
    return (
      (format === 'onnx' && tap.shape.length === 2) || poolProblem(tap) !== undefined || !poolOrder(tap).asIs
    );
  });
  return isNew ? { pooling: POOLING_VERSION } : {};
}

/** The manifest of the cache that a description would fill. Pure: the same description, the same manifest. */
export function describeCache(description: CacheDescription): Manifest {
  const { dataset, model, preprocess, scoring, seed, batch, shardRows, dtype, format } = description;
  const identity: CacheIdentity = {
    formatVersion: FORMAT_VERSION,
    dataset: dataset.identity,
    labelSets: labelSetIdentity(dataset),
    decode: DECODE_IDENTITY,
    preprocess: preprocess as unknown as { readonly [name: string]: Json },
    model: { ...model.identity, ...poolingIdentity(model) },
    classifier: scoring === undefined ? null : scoring.identity,
    numerics: numericsOf(description),
    seed,
    batch,
    shardRows,
    dtype,
    format,
  };
  const rounding = roundingWarning(model.taps, batch);
  return makeManifest({
    identity,
    names: { dataset: dataset.name, model: model.name },
    samples: perSplit((split) => dataset.splits[split].length),
    taps: model.taps.map(({ name, kind, op, shape, depth, inputs }) => ({
      name,
      kind,
      op,
      shape,
      depth,
      inputs,
    })),
    ...(rounding === undefined ? {} : { notes: [rounding] }),
  });
}
