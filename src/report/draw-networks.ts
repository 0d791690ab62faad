import type { Measurement } from '../probe/measurement.js';
import type { Topology } from '../store/topology.js';
import type { CheckpointRun } from './checkpoint-run.js';
import type { DrawnPlot } from './class-report.js';
import { networkCsv } from './network-csv.js';
import { type NetworkOptions, type NetworkPlot, networkAnimation, networkPlot } from './network-plot.js';
import { networkSvg } from './network-svg.js';
import type { RunRecord } from './run-record.js';

/** The network coloured by the errors of each label set; none for a run of an earlier version, which has no topology. */
export async function drawNetworks(
  topology: Topology | undefined,
  measurements: readonly Measurement[],
  run: RunRecord,
): Promise<readonly DrawnPlot[]> {
  if (topology === undefined) return [];
  return await drawEach(
    run.labelSets.map(({ name }) => networkPlot(topology, measurements, run, { labelSet: name })),
  );
}

/** The network at each checkpoint as frames of one animation, for each label set. */
export async function drawNetworkFrames(run: CheckpointRun): Promise<readonly DrawnPlot[]> {
  const labelSets = run.results[0]?.run.labelSets ?? [];
  return await drawEach(labelSets.flatMap(({ name }) => checkpointFrames(run, { labelSet: name }) ?? []));
}

/**
 * The network at each checkpoint as frames of one animation (the paper's Figure 9). Of networks that were trained several
 * times it is the first one; undefined for runs of an earlier version, which have no topology.
 */
export function checkpointFrames(
  { record, results }: CheckpointRun,
  options: NetworkOptions & { readonly labelSet: string },
): NetworkPlot | undefined {
  const first = results[0];
  if (first?.topology === undefined) return undefined;
  // The frames say their steps; of the first checkpoint's own name only the seed is true of all of them.
  const seed = first.modelSeed === null ? '' : `, seed ${first.modelSeed}`;
  const run = { ...first.run, names: { ...first.run.names, model: `${record.network}${seed}` } };
  const moments = results
    .filter(({ modelSeed }) => modelSeed === first.modelSeed)
    .map(({ step, measurements }) => ({ label: `step ${step}`, measurements }));
  return networkAnimation(first.topology, moments, run, options);
}

async function drawEach(plots: readonly NetworkPlot[]): Promise<readonly DrawnPlot[]> {
  const drawn: DrawnPlot[] = [];
  for (const plot of plots) {
    if (plot.scale === null) continue;
    const { name, labelSet } = plot;
    drawn.push({ name, labelSet, svg: await networkSvg(plot), csv: networkCsv(plot) });
  }
  return drawn;
}
