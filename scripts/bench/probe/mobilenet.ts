import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Measurement } from '../../../src/probe/measurement.js';
import { type Cache, openCache } from '../../../src/read/cache.js';
import { featureSource } from '../../../src/read/feature-source.js';
import { alignLabels } from '../../../src/read/label-sets.js';
import { readSampleTable } from '../../../src/read/samples.js';
import { joinedFeatures } from '../../../src/read/shard-block.js';
import { timed } from '../alternate.js';
import { PEER_DATA } from '../peers.js';
import { runStrata } from '../run-strata.js';
import { digits, type Section, skipped } from '../section.js';
import { npyBytes } from './npy.js';
import { makeProbePeers } from './probe-peers.js';
import { madeOnce, patience, scaled } from './problems.js';
import { type SklearnTime, sklearnToSame, together } from './sklearn-to-same.js';

const TITLE =
  'Probing (c): all taps of MobileNetV2 on imagenette, from shards to results, beside scikit-learn';
const L2 = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5];
const TOLERANCE = 1e-3;
const [SAMPLED, LIMIT] = [8, patience(10)];

async function makeCache(): Promise<string> {
  const limit = scaled(50_000);
  const folder = await madeOnce('mobilenet', { limit }, async (making) => {
    await mkdir(making, { recursive: true });
    await runStrata([
      ...['extract', '--dataset', `folder:${PEER_DATA.images224}`, '--limit', String(limit)],
      ...['--model', PEER_DATA.mobilenet, '--preprocess', 'tf', '--taps', 'all', '--reduce', 'average-pool'],
      ...['--cache', join(making, 'cache')],
    ]);
  });
  return join(folder, 'cache');
}

/** Writes the train split of a column as the peers read it. */
async function exportTap(cache: Cache, place: number, folder: string): Promise<void> {
  const column = cache.columns[place]!;
  const source = await featureSource(cache, column, 'train');
  const blocks = [];
  for await (const block of source.blocks({ keep: true }))
    blocks.push({ ids: new Int32Array(block.rows), values: block.values });
  const features = joinedFeatures({ blocks, features: source.features } as never);
  const labels = alignLabels(await readSampleTable(cache, 'train'), { kind: 'stored', name: 'label' });
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'train-x.npy'), npyBytes(features, [source.rows, source.features]));
  await writeFile(join(folder, 'train-label.npy'), npyBytes(labels, [labels.length]));
}

/** Every tap by the command line, and scikit-learn on some of them. */
export async function benchMobileNet(folder: string): Promise<Section> {
  const problem = await makeProbePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const directory = await makeCache();
  let probed: { readonly measurements: readonly Measurement[] } | undefined;
  const seconds = await timed(async () => {
    probed = await runStrata([
      ...['probe', '--cache', directory, '--out', join(folder, 'run'), '--labels', 'label'],
      ...['--l2', L2.join(), '--tolerance', String(TOLERANCE)],
    ]);
  });
  const cache = await openCache(directory);
  const taps = cache.columns.length;
  const times: SklearnTime[] = [];
  for (let at = 0; at < Math.min(SAMPLED, taps); at++) {
    const place = Math.floor(((at + 0.5) * taps) / Math.min(SAMPLED, taps));
    const tap = cache.columns[place]!.tap.name;
    const arrays = join(folder, String(place));
    await exportTap(cache, place, arrays);
    const goal = { l2: L2, tolerance: TOLERANCE, limit: LIMIT };
    times.push(await sklearnToSame({ folder: arrays, cache: directory, tap, labels: 'label' }, goal));
  }
  return sectionOf({ seconds, taps, times, measurements: probed!.measurements });
}

function sectionOf(found: {
  readonly seconds: number;
  readonly taps: number;
  readonly times: readonly SklearnTime[];
  readonly measurements: readonly Measurement[];
}): Section {
  const { seconds, taps, times, measurements } = found;
  const sklearn = together(times);
  const whole = (sklearn.seconds * taps) / times.length;
  const converged = measurements.filter((one) => one.converged).length;
  const samples = measurements[0]!.train.samples;
  return {
    title: TITLE,
    header: ['', 'seconds', 'ratio'],
    rows: [
      [`strata probe, ${taps} taps, ${measurements.length} probes`, digits(seconds), '1'],
      [
        `scikit-learn lbfgs, ${times.length} of the taps`,
        digits(sklearn.seconds),
        digits(sklearn.seconds / seconds),
      ],
      ['the same, for as many taps', digits(whole), digits(whole / seconds)],
    ],
    notes: [
      `${samples} train images, 10 classes, l2 ${L2.join(', ')}; once each.`,
      `strata: the command from its start to its end, ${converged} of ${measurements.length} probes to a gap of ${TOLERANCE} of the loss, scored and written.`,
      `scikit-learn: fit alone on standardised arrays in memory, taps evenly spread over the depth, ${sklearn.fits} fits, each until as low as strata; ${sklearn.limited} were stopped after ${LIMIT} s and count as that.`,
    ],
  };
}
