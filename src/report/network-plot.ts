import type { Measurement } from '../probe/measurement.js';
import { encodeHiveValue } from '../store/layout.js';
import type { Topology } from '../store/topology.js';
import { bestOnValid, selectedOf } from './depth-order.js';
import { type ErrorScale, errorScale } from './error-scale.js';
import { type Collapse, type NetworkGraph, networkGraph } from './network-graph.js';
import type { NetworkStyle } from './network-style.js';
import { quotedSplit } from './quoted-split.js';
import type { RunRecord } from './run-record.js';

/** What was measured at one time: the selected probe of each tap. Several make an animation. */
export interface NetworkFrame {
  /** Which time, such as `step 200`; null where there is only one. */
  readonly label: string | null;
  readonly values: ReadonlyMap<string, Measurement>;
}

/** A network as a graph, as data: drawn by `networkSvg`, written as numbers by `networkCsv`. */
export interface NetworkPlot {
  /** The name of its files, without extension. */
  readonly name: string;
  readonly title: string;
  readonly subtitle: string;
  readonly style: NetworkStyle;
  /** The label set whose errors are shown; null where nothing was measured. */
  readonly labelSet: string | null;
  readonly topology: Topology;
  readonly graph: NetworkGraph;
  readonly split: 'valid' | 'test';
  /** One scale for all frames; null where nothing was measured. */
  readonly scale: ErrorScale | null;
  readonly frames: readonly NetworkFrame[];
}

/** Choices of a drawing. */
export interface NetworkOptions {
  readonly style?: NetworkStyle;
  readonly collapse?: Collapse;
}

/** Measurements of one time, such as those of one checkpoint's run. */
export interface NetworkMoment {
  readonly label: string;
  readonly measurements: readonly Measurement[];
}

/** The network coloured by the error of the probes of one label set (the paper's Figure 5). */
export function networkPlot(
  topology: Topology,
  measurements: readonly Measurement[],
  run: RunRecord,
  options: NetworkOptions & { readonly labelSet: string },
): NetworkPlot {
  const frames = [{ label: null, values: valuesOf(measurements, options.labelSet) }];
  return {
    ...framesPlot(topology, frames, run, options),
    name: `network.${encodeHiveValue(options.labelSet)}`,
  };
}

/**
 * The network at several times, such as checkpoints of its training, as frames of one animation with one colour scale (the
 * paper's Figure 9).
 *
 * @param moments - in the order of the frames; all of networks with the given topology.
 * @param run - names the model and the data set, and what guessing gives.
 */
export function networkAnimation(
  topology: Topology,
  moments: readonly NetworkMoment[],
  run: RunRecord,
  options: NetworkOptions & { readonly labelSet: string },
): NetworkPlot {
  const frames = moments.map(({ label, measurements }) => ({
    label,
    values: valuesOf(measurements, options.labelSet),
  }));
  const name = `network-frames.${encodeHiveValue(options.labelSet)}`;
  return { ...framesPlot(topology, frames, run, options), name };
}

/** A network with the places of its probes, before anything is measured. */
export function networkSketch(
  topology: Topology,
  {
    model,
    probed,
    style = 'network',
    collapse = 'auto',
  }: NetworkOptions & { readonly model: string; readonly probed: ReadonlySet<string> },
): NetworkPlot {
  const { taps } = topology;
  return {
    name: 'network',
    title: model,
    subtitle: `${taps.length} layers, ${probed.size} of them with a probe`,
    ...{ style, topology, labelSet: null, split: 'test', scale: null, frames: [] },
    graph: networkGraph(topology, { probed, collapse }),
  };
}

function framesPlot(
  topology: Topology,
  frames: readonly NetworkFrame[],
  run: RunRecord,
  { labelSet, style = 'network', collapse = 'auto' }: NetworkOptions & { readonly labelSet: string },
): Omit<NetworkPlot, 'name'> {
  const rows = frames.flatMap(({ values }) => [...values.values()]);
  const split = quotedSplit(rows);
  const record = run.labelSets.find(({ name }) => name === labelSet);
  const scored = rows.flatMap((row) => row[split] ?? []);
  const scale = {
    errors: scored.map(({ error }) => error),
    chance: record?.chance[split]?.error ?? null,
    samples: scored[0]?.samples ?? 0,
  };
  return {
    title: 'Prediction error through the network',
    subtitle: `${run.names.model} on ${run.names.dataset}, label set ${labelSet}`,
    ...{ style, topology, labelSet, split, frames },
    graph: networkGraph(topology, { probed: new Set(rows.map(({ tap }) => tap)), collapse }),
    scale: scored.length === 0 ? null : errorScale(scale),
  };
}

/** One probe for each tap: of several reductions that with the lowest error on valid. */
function valuesOf(measurements: readonly Measurement[], labelSet: string): ReadonlyMap<string, Measurement> {
  const rows = selectedOf(measurements, labelSet);
  const taps = [...new Set(rows.map(({ tap }) => tap))];
  return new Map(taps.map((tap) => [tap, bestOnValid(rows.filter((row) => row.tap === tap))!]));
}
