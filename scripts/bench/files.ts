import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { alternate, median } from './alternate.js';
import { makePeers, PEER_DATA, startPass, startPeer } from './peers.js';
import { type Extracted, runStrata } from './run-strata.js';
import { digits, type Section, skipped } from './section.js';
import { BATCH, NETWORKS, type Network, TAPS } from './strata-forward.js';

const TITLE = 'Files to shards: JPEG files in, committed shards of pooled taps out';

interface Job {
  readonly network: Network;
  readonly images: string;
  readonly size: string;
  /** Images of each of two splits. */
  readonly limit: number;
}

const [RESNET, MOBILENET] = NETWORKS as [Network, Network];
const JOBS: readonly Job[] = [
  { network: RESNET, images: PEER_DATA.images224, size: '224 x 224', limit: 192 },
  { network: RESNET, images: PEER_DATA.images500, size: '500 x 375', limit: 192 },
  { network: MOBILENET, images: PEER_DATA.images224, size: '224 x 224', limit: 500 },
  { network: MOBILENET, images: PEER_DATA.images500, size: '500 x 375', limit: 500 },
];

/** The images of a run, and where its features go. */
export interface PooledRun {
  readonly images: string;
  /** Images of each of two splits. */
  readonly limit: number;
  readonly cache: string;
}

/** Extracts the pooled taps of `limit` files of each split into a cache that is made anew. */
export async function extractPooled(
  { name, preset }: Network,
  { images, limit, cache }: PooledRun,
): Promise<Extracted> {
  await rm(cache, { recursive: true, force: true });
  const run = await runStrata<Extracted>([
    ...['extract', '--dataset', `folder:${images}`, '--carve', 'test=0', '--limit', String(limit)],
    ...['--model', join(PEER_DATA.models, name), '--preprocess', preset],
    ...['--taps', TAPS.join(), '--reduce', 'average-pool', '--batch', String(BATCH), '--cache', cache],
  ]);
  if (run.samples !== 2 * limit) throw new Error(`${run.samples} images, not ${2 * limit}`);
  return run;
}

/** The median seconds of each stage of some runs, in words. */
export function stagesOf(runs: readonly Extracted[]): string {
  const stages = runs[0]?.stages ?? [];
  const secondsOf = (stage: string) =>
    median(runs.map((run) => run.stages.find((one) => one.stage === stage)?.seconds ?? Number.NaN));
  return stages
    .map(
      ({ stage, meanwhile }) =>
        `${stage} ${digits(secondsOf(stage))}${meanwhile === true ? ' (meanwhile)' : ''}`,
    )
    .join(', ');
}

async function measure(folder: string, { network, images, limit }: Job) {
  const [cache, out] = [join(folder, 'cache'), join(folder, 'torch')];
  const peerOptions = ['--model', network.name, '--images', images, '--out', out, '--workers', '1'];
  const peer = await startPeer('torch-files', peerOptions);
  const bare = await startPass('strata', network.name);
  const runs: Extracted[] = [];
  const total = 2 * limit;
  const batches = Math.round(total / BATCH);
  try {
    const seconds = await alternate({
      bare: () => bare.seconds({ run: batches }, batches * BATCH),
      strata: async () => {
        const run = await extractPooled(network, { images, limit, cache });
        runs.push(run);
        return run.seconds;
      },
      torch: () => peer.seconds({ files: limit }, total),
    });
    const bareSpeed = (batches * BATCH) / seconds.bare;
    return { bareSpeed, ours: total / seconds.strata, torch: total / seconds.torch, stages: stagesOf(runs) };
  } finally {
    peer.stop();
    bare.stop();
  }
}

/** The whole job, beside what a careful PyTorch user writes, and beside the bare forward pass. */
export async function benchFiles(folder: string): Promise<Section> {
  const problem = await makePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const rows: string[][] = [];
  const notes: string[] = [];
  for (const job of JOBS) {
    const { bareSpeed, ours, torch, stages } = await measure(folder, job);
    const name = `${job.network.title}, ${job.size}`;
    rows.push([
      name,
      digits(ours),
      digits(torch),
      digits(ours / torch),
      digits(bareSpeed),
      digits(ours / bareSpeed),
    ]);
    notes.push(`${name}: seconds by stage: ${stages}.`);
  }
  return {
    title: TITLE,
    header: ['', 'strata, images/s', 'PyTorch, images/s', 'ratio', 'bare forward, images/s', 'kept of it'],
    rows,
    notes: [
      'PyTorch: forward hooks, DataLoader with one worker beside the main process, .npy files every 1,024 rows.',
      'Bare forward: the same graph on batches in memory, without reading, decoding, hashing and writing. Start-up is left out',
      'on every side; strata also checks and syncs what it writes, and hashes every source file.',
      ...notes,
    ],
  };
}
