import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { link, mkdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { median } from './alternate.js';
import { makePeers, PEER_DATA } from './peers.js';
import { type Extracted, runStrata } from './run-strata.js';
import { digits, type Section, skipped } from './section.js';

const TITLE = 'From the first shard to the hundred thousandth image';
const [FEW, MANY] = [5000, 100_000];
const FIRST_SHARD_ROWS = 64;

/** 100,000 files: the JPEGs at hand, each under many names. */
async function manyFiles(folder: string): Promise<void> {
  const classes = readdirSync(join(PEER_DATA.images500, 'train'));
  const perClass = Math.ceil(MANY / classes.length);
  for (const name of classes) {
    const source = join(PEER_DATA.images500, 'train', name);
    const files = readdirSync(source);
    await mkdir(join(folder, 'train', name), { recursive: true });
    for (let at = 0; at < perClass; at++) {
      const file = files[at % files.length]!;
      await link(join(source, file), join(folder, 'train', name, `${String(at).padStart(6, '0')}.JPEG`));
    }
  }
}

interface Counter {
  readonly name: string;
  readonly args: { readonly samples: number; readonly bytes: number };
}

/** The median memory of the process over the batches around so many samples. */
function memoryAt(counters: readonly Counter[], samples: number): number {
  const near = counters.filter(({ args }) => Math.abs(args.samples - samples) <= 1000);
  return median(near.map(({ args }) => args.bytes));
}

async function memoryOverTime(folder: string) {
  const [images, cache, profile] = ['images', 'cache', 'profile.json'].map((name) => join(folder, name)) as [
    string,
    string,
    string,
  ];
  await manyFiles(images);
  const run = await runStrata<Extracted>([
    ...['extract', '--dataset', `folder:${images}`, '--carve', 'valid=0,test=0', '--cache', cache],
    ...[
      '--model',
      'data/models/glyphnet',
      '--preprocess',
      'tf',
      '--taps',
      'merges',
      '--reduce',
      'average-pool',
    ],
    ...['--profile', profile],
  ]);
  const { traceEvents } = JSON.parse(await readFile(profile, 'utf8')) as { traceEvents: readonly Counter[] };
  const counters = traceEvents.filter(({ name }) => name === 'memory');
  await rm(images, { recursive: true });
  return { few: memoryAt(counters, FEW), many: memoryAt(counters, run.samples - 1000), run };
}

function untilCommitted(child: ChildProcess, commits: string): Promise<number> {
  const start = performance.now();
  return new Promise((resolve, reject) => {
    const timer = setInterval(() => {
      if (!existsSync(commits)) return;
      clearInterval(timer);
      resolve((performance.now() - start) / 1000);
    }, 20);
    child.on('exit', (code) => {
      clearInterval(timer);
      reject(new Error(`strata ended with ${code} before its first shard`));
    });
  });
}

/** The seconds from the start of the process to the commit record of the first shard's last tap. */
async function firstShard(folder: string): Promise<number> {
  const cache = join(folder, 'first');
  await rm(cache, { recursive: true, force: true });
  const args = [
    ...['dist/cli/strata.cjs', 'extract', '--dataset', `folder:${PEER_DATA.images500}`, '--carve', 'test=0'],
    ...['--model', join(PEER_DATA.models, 'resnet50'), '--taps', 'inputs,merges', '--reduce', 'average-pool'],
    ...['--shard-rows', String(FIRST_SHARD_ROWS), '--cache', cache],
  ];
  const child = spawn(process.execPath, args, { stdio: 'ignore' });
  const commits = join(cache, 'commits', 'features', 'tap=add_15', 'reduction=average-pool', 'split=train');
  try {
    return await untilCommitted(child, commits);
  } finally {
    child.removeAllListeners('exit');
    child.kill('SIGKILL');
    await new Promise((resolve) => child.on('close', resolve));
  }
}

/** How soon an extraction gives something, and whether its memory stays what it was. */
export async function benchSteady(folder: string): Promise<Section> {
  const problem = await makePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  await firstShard(folder);
  const first = [await firstShard(folder), await firstShard(folder), await firstShard(folder)];
  const { few, many, run } = await memoryOverTime(folder);
  return {
    title: TITLE,
    header: ['', 'value'],
    rows: [
      ['command to first shard, ResNet-50, 17 taps, seconds', digits(median(first))],
      [`memory after ${FEW} images, MB`, digits(few / 1e6)],
      [`memory after ${run.samples} images, MB`, digits(many / 1e6)],
      ['ratio', digits(many / few)],
    ],
    notes: [
      `First shard: of ${FIRST_SHARD_ROWS} rows, the compiled graph in the user's cache; two batches of 32 are in its time.`,
      `Memory: ${run.samples} JPEG files of 500 x 375 through the embedded network in ${digits(run.seconds)} s, resident set by --profile.`,
    ],
  };
}
