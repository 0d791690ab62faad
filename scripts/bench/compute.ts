import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { hasBfloat16Here } from '../../src/forward/bfloat16.js';
import type { Measurement } from '../../src/probe/measurement.js';
import { runStrata } from './run-strata.js';
import { digits, type Section, skipped } from './section.js';

const TITLE = 'What bfloat16 does to probe errors: imagenette, pooled merges';
const SHARED = '../shared';

const NETWORKS = [
  { title: 'ResNet-50', folder: 'resnet50-to-add12', preset: 'caffe' },
  { title: 'MobileNetV2', folder: 'mobilenet-v2', preset: 'tf' },
] as const;

type Network = (typeof NETWORKS)[number];

/** The selected probe of each tap, of features computed in one number type. */
async function probesOf(folder: string, { folder: name, preset }: Network, compute: string) {
  const cache = join(folder, `${name}-${compute}`);
  await runStrata([
    ...['extract', '--dataset', `folder:${SHARED}/data/imagenette`, '--carve', 'test=0'],
    ...['--model', `${SHARED}/models/${name}`, '--preprocess', preset, '--taps', 'merges'],
    ...['--reduce', 'average-pool', '--compute', compute, '--cache', cache],
  ]);
  const { measurements } = await runStrata<{ measurements: readonly Measurement[] }>([
    ...['probe', '--cache', cache, '--out', `${cache}-run`, '--labels', 'label'],
  ]);
  return measurements.filter(({ selected }) => selected);
}

function percent(error: number | null): string {
  return (100 * (error ?? Number.NaN)).toFixed(1);
}

async function rowsOf(folder: string, network: Network, other: string): Promise<string[][]> {
  const [exact, narrow] = [
    await probesOf(folder, network, 'float32'),
    await probesOf(folder, network, other),
  ];
  return exact.map((probe, at) => {
    const same = narrow[at]!;
    if (same.tap !== probe.tap) throw new Error(`${same.tap} beside ${probe.tap}`);
    return [
      `${network.title}, ${probe.tap}`,
      percent(probe.valid.error),
      percent(same.valid.error),
      (100 * (same.valid.error - probe.valid.error)).toFixed(1),
      digits(probe.valid.loss),
      digits(same.valid.loss),
    ];
  });
}

/** The same probes on features of both number types; rounded in float32 where the processor has no bfloat16. */
export async function benchCompute(folder: string): Promise<Section> {
  if (!existsSync(SHARED)) return skipped(TITLE, `${SHARED} is not here`);
  const other = (await hasBfloat16Here()) ? 'bfloat16' : 'emulated-bfloat16';
  const rows: string[][] = [];
  for (const network of NETWORKS) rows.push(...(await rowsOf(folder, network, other)));
  const changes = rows.map((row) => Math.abs(Number(row[3])));
  return {
    title: TITLE,
    header: [
      'tap',
      'float32, error %',
      `${other}, error %`,
      'change, points',
      'float32, loss',
      `${other}, loss`,
    ],
    rows,
    notes: [
      '2,000 training and 500 validation images; errors and losses of the selected probe on the validation images, of which',
      `one is 0.2 points. Largest change of an error: ${digits(Math.max(...changes))} points.`,
    ],
  };
}
