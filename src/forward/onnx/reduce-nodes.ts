import type { Layout } from '../../model/onnx/structure.js';
import { isAveragedAtOnce } from '../../reduce/average-pool.js';
import { poolingMatrix } from '../../reduce/grid-pool.js';
import { poolOrder } from '../../reduce/pool-axes.js';
import { sparseProjection } from '../../reduce/random-projection.js';
import { subsetIndices } from '../../reduce/random-subset.js';
import type { Reduction } from '../../reduce/reduction.js';
import type { ReducerOptions } from '../../reduce/tap-reducer.js';
import type { NodeList } from './nodes.js';

/** At most this many values a sample are gathered at once. */
const GATHERED_AT_ONCE = 2 ** 19;

/** A tap's float32 tensor. `shape` is without the batch, its channels last whatever the layout. */
export interface TapTensor extends ReducerOptions {
  readonly value: string;
  readonly layout: Layout;
}

/** The tensor's axes 1, 2 ... but for that of the channels. */
function positions({ shape, layout }: TapTensor): number[] {
  return Array.from({ length: shape.length - 1 }, (_, at) => at + (layout === 'channels first' ? 2 : 1));
}

function isFirst({ layout, shape }: TapTensor): boolean {
  return layout === 'channels first' && shape.length > 1;
}

/** The tensor with its channels last, or after the batch. */
function arranged(list: NodeList, tap: TapTensor, wanted: Layout): string {
  const { value, shape } = tap;
  const rank = shape.length + 1;
  if (rank < 3 || isFirst(tap) === (wanted === 'channels first')) return value;
  const inner = Array.from({ length: rank - 2 }, (_, at) => at + (isFirst(tap) ? 2 : 1));
  return list.transpose(value, isFirst(tap) ? [0, ...inner, 1] : [0, rank - 1, ...inner]);
}

/** Where in the tensor, flattened as it lies, the place of a flattened tap is whose channels are last. */
function placeIn(tap: TapTensor, place: number): number {
  if (!isFirst(tap)) return place;
  const channels = tap.shape.at(-1)!;
  const size = tap.shape.reduce((product, length) => product * length, 1) / channels;
  return (place % channels) * size + Math.floor(place / channels);
}

function pool(list: NodeList, tap: TapTensor, kind: 'average' | 'max'): string {
  if (kind === 'average' && !isAveragedAtOnce(tap.shape.slice(0, -1)))
    return positions(tap).reduceRight((rest, axis) => list.reduce('ReduceMean', rest, [axis]), tap.value);
  const global = kind === 'average' ? 'GlobalAveragePool' : 'GlobalMaxPool';
  // The runtime has fast kernels for maps, also in the layout of its own that convolutions leave.
  if (isFirst(tap) && tap.shape.length === 3)
    return list.add('Flatten', [list.add(global, [tap.value])], { axis: 1 });
  return list.reduce(kind === 'average' ? 'ReduceMean' : 'ReduceMax', tap.value, positions(tap));
}

/** Averages the last axis and brings it before the other positions, until each has had its turn. */
function gridPool(list: NodeList, tap: TapTensor, cells: number): string {
  const lengths = tap.shape.slice(0, -1);
  const rank = lengths.length + 2;
  const turned = [0, 1, rank - 1, ...Array.from({ length: rank - 3 }, (_, at) => at + 2)];
  let value = arranged(list, tap, 'channels first');
  for (const length of lengths.toReversed()) {
    const matrix = poolingMatrix(length, cells);
    const weights = Array.from({ length }, (_, at) => matrix.map((row) => row[at]!)).flat();
    value = list.add('MatMul', [value, list.floats([length, matrix.length], weights)]);
    if (rank > 3) value = list.transpose(value, turned);
  }
  const last = list.transpose(value, [0, ...Array.from({ length: rank - 2 }, (_, at) => at + 2), 1]);
  return list.add('Flatten', [last], { axis: 1 });
}

function placesIn(tap: TapTensor, places: Int32Array): Int32Array {
  return places.map((place) => placeIn(tap, place));
}

function gathered(list: NodeList, tap: TapTensor, places: Int32Array): string {
  const flat = list.add('Flatten', [tap.value], { axis: 1 });
  return list.add('Gather', [flat, list.indices(placesIn(tap, places))], { axis: 1 });
}

/** Gathers with the batch as the last axis: a place is then one run of memory for all images, and the sums are products of matrices. */
function project(list: NodeList, tap: TapTensor, features: number): string {
  const { inputs, indices, weights } = sparseProjection(features, tap);
  const flat = list.transpose(list.add('Flatten', [tap.value], { axis: 1 }), [1, 0]);
  const rows = Math.max(1, Math.floor(GATHERED_AT_ONCE / inputs));
  const parts = Array.from({ length: Math.ceil(features / rows) }, (_, part) => {
    const [from, to] = [part * rows * inputs, Math.min(features, (part + 1) * rows) * inputs];
    const count = (to - from) / inputs;
    const places = list.indices(placesIn(tap, indices.subarray(from, to)));
    const values = list.reshape(list.add('Gather', [flat, places], { axis: 0 }), [count, inputs, -1]);
    const signs = list.floats([count, 1, inputs], weights.subarray(from, to));
    return list.reshape(list.add('MatMul', [signs, values]), [count, -1]);
  });
  return list.transpose(parts.length === 1 ? parts[0]! : list.add('Concat', parts, { axis: 0 }), [1, 0]);
}

/** A tap to be pooled: turned where its channels are neither last nor, in a map, after the batch. */
function turned(list: NodeList, tap: TapTensor): TapTensor {
  const { order, shape, asIs } = poolOrder(tap);
  if (asIs) return tap;
  const ordered = list.transpose(tap.value, [0, ...order.map((at) => at + 1)]);
  const { axes: _, ...rest } = tap;
  return { ...rest, shape, value: list.reshape(ordered, [-1, ...shape]), layout: 'channels last' };
}

/** Adds the nodes of a reduction, the same numbers as the reducer of that kind gives; returns the name of (batch, features). */
export function reduceNodes(list: NodeList, reduction: Reduction, tap: TapTensor): string {
  switch (reduction.kind) {
    case 'flatten':
      return list.add('Flatten', [arranged(list, tap, 'channels last')], { axis: 1 });
    case 'average-pool':
      return pool(list, turned(list, tap), 'average');
    case 'max-pool':
      return pool(list, turned(list, tap), 'max');
    case 'grid-pool':
      return gridPool(list, turned(list, tap), reduction.cells);
    case 'random-subset':
      return gathered(list, tap, subsetIndices(reduction.features, tap));
    case 'random-projection':
      return project(list, tap, reduction.features);
  }
}
