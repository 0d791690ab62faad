/**
 * The benchmarks, each side by side with what it is to be compared with, in one run:
 *
 *     npx tsx scripts/bench/bench.ts [store] [extraction] [backbone] [probing]
 *
 * Without names all of them run, and scripts/bench/RESULTS.md is written.
 */
import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchBackbone } from './backbone.js';
import { benchExtraction } from './extraction.js';
import { benchProbing } from './probing.js';
import { digits, markdown, type Section } from './section.js';
import { benchStore } from './store.js';

const PARTS: Readonly<Record<string, (folder: string) => Promise<Section>>> = {
  store: benchStore,
  extraction: benchExtraction,
  backbone: benchBackbone,
  probing: benchProbing,
};

const RESULTS = 'scripts/bench/RESULTS.md';

function git(...args: readonly string[]): string {
  return execFileSync('git', args, { encoding: 'utf8' }).trim();
}

function commit(): string {
  const changed =
    git('status', '--porcelain', '--untracked-files=no', '--', 'src') === '' ? '' : ' with changes in src/';
  return `commit ${git('rev-parse', '--short', 'HEAD')}${changed}`;
}

function load(): string {
  return digits(loadavg()[0] ?? Number.NaN);
}

function head(before: string): string {
  const processor = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  return [
    '# Benchmarks',
    '',
    `${processor}, ${memory}; ${new Date().toISOString().slice(0, 10)}; ${commit()}; \`make bench\`.`,
    'Each number is the median of at least three repetitions in which the variants take turns; ratios compare medians.',
    `Load average before the run ${before}, after it ${load()}: what else the machine did is in the numbers.`,
  ].join('\n');
}

const asked = process.argv.slice(2);
const unknown = asked.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  console.error(`unknown benchmark: ${unknown} (known: ${Object.keys(PARTS).join(', ')})`);
  process.exit(2);
}
const before = load();
// In the repository, not in the system's temporary folder, which may be memory.
await mkdir('.setup', { recursive: true });
const folder = await mkdtemp(join(process.cwd(), '.setup', 'bench-'));
const sections: string[] = [];
try {
  for (const [name, run] of Object.entries(PARTS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.error(`bench: ${name}`);
    sections.push(markdown(await run(folder)));
    console.log(`${sections.at(-1)}\n`);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
const text = `${[head(before), ...sections].join('\n\n')}\n`;
if (asked.length === 0) await writeFile(RESULTS, text);
