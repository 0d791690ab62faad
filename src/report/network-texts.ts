import { intervalOf } from '../probe/error-interval.js';
import type { Measurement } from '../probe/measurement.js';
import type { TopologyTap } from '../store/topology.js';
import type { NetworkNode } from './network-graph.js';
import type { NetworkPlot } from './network-plot.js';
import { convergenceMark } from './not-converged.js';
import { intervalText, percentText } from './number-text.js';

/** The error of a probe as its node shows it, `1.05 %`; a dash where there is none. */
export function errorText(row: Measurement | undefined, split: NetworkPlot['split']): string {
  const metrics = row?.[split];
  if (row === undefined || metrics == null || metrics.samples === 0) return '-';
  return `${convergenceMark(row)}${percentText(metrics.error, metrics.samples)} %`;
}

/** The errors of a tap's probe in one line: `step 0 90.05 %, step 200 1.05 %`. */
export function errorsText(tap: string, { frames, split }: NetworkPlot): string {
  return frames
    .map(({ label, values }) => `${label === null ? '' : `${label} `}${errorText(values.get(tap), split)}`)
    .join(', ');
}

/** What a node of layers without a probe shows: the op of one, the count of several. */
export function layersText(taps: readonly TopologyTap[]): string {
  return taps.length === 1 ? taps[0]!.op : `${taps.length} layers`;
}

/** What a node says when it is pointed at: a line for each frame that measured it. */
export function nodeTitle(node: NetworkNode, { frames, split }: NetworkPlot): string {
  if (node.kind === 'layers') return layersTitle(node.taps);
  const lines = frames.flatMap(({ label, values }) => {
    const row = values.get(node.tap.name);
    return row === undefined ? [] : [`${label === null ? '' : `${label}: `}${valueLine(row, split)}`];
  });
  return [tapText(node.tap), ...lines].join('\n');
}

function tapText({ name, op, shape }: TopologyTap): string {
  return `${name} (${op}, ${shape.join('x')})`;
}

function valueLine(row: Measurement, split: NetworkPlot['split']): string {
  const { reduction, features, converged } = row;
  const metrics = row[split];
  const ends =
    metrics === null || metrics.samples === 0
      ? ''
      : ` (${intervalText(intervalOf(metrics), metrics.samples)})`;
  const state = converged ? '' : ', not converged';
  return `${split} error ${errorText(row, split)}${ends}, ${reduction}, ${features} features${state}`;
}

function layersTitle(taps: readonly TopologyTap[]): string {
  const [first, last] = [taps[0]!, taps.at(-1)!];
  if (taps.length === 1) return `${tapText(first)}, no probe`;
  const counts = new Map<string, number>();
  for (const { op } of taps) counts.set(op, (counts.get(op) ?? 0) + 1);
  const ops = [...counts].map(([op, count]) => `${count} ${op}`).join(', ');
  return `${taps.length} layers without a probe, ${first.name} to ${last.name}: ${ops}`;
}
