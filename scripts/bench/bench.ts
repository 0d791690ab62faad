/**
 * The benchmarks, each side by side with what it is to be compared with, in one run:
 *
 *     npx tsx scripts/bench/bench.ts [store] [extraction] [forward] [files] [steady] [compute] [probe] [probe-a3] ...
 *
 * Without names all of them run, and `probe` is all that begin with `probe-` (probe/parts.ts). Each puts its section
 * into scripts/bench/RESULTS.md in place of the one that is there. With BENCH_PROBE_SCALE, a fraction of the probes'
 * rows for trying them out, sections are printed and not kept.
 */
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { join } from 'node:path';
import { benchCompute } from './compute.js';
import { benchExtraction } from './extraction.js';
import { benchFiles } from './files.js';
import { benchForward } from './forward.js';
import { PROBE_PARTS } from './probe/parts.js';
import { digits, markdown, type Section } from './section.js';
import { benchSteady } from './steady.js';
import { benchStore } from './store.js';

const PARTS: Readonly<Record<string, (folder: string) => Promise<Section>>> = {
  store: benchStore,
  extraction: benchExtraction,
  forward: benchForward,
  files: benchFiles,
  steady: benchSteady,
  compute: benchCompute,
  ...PROBE_PARTS,
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

const HEAD = [
  '# Benchmarks',
  '',
  'Made by `make bench`, section by section. Each number is the median of at least three repetitions in which the variants',
  'take turns; ratios compare medians.',
].join('\n');

function circumstances(before: string): string {
  const processor = `${cpus()[0]?.model.trim()}, ${availableParallelism()} cores`;
  const memory = `${Math.round(totalmem() / 2 ** 30)} GiB, Node ${process.versions.node}`;
  const date = new Date().toISOString().slice(0, 10);
  return `${processor}, ${memory}; ${date}; ${commit()}; load average before ${before}, after ${load()}.`;
}

/** The sections of a results file, by title. */
function sectionsIn(text: string): Map<string, string> {
  const parts = text.split(/^(?=## )/m).slice(1);
  return new Map(parts.map((part) => [part.slice(3, part.indexOf('\n')), part.trimEnd()]));
}

async function keep({ title }: Section, text: string): Promise<void> {
  const sections = existsSync(RESULTS)
    ? sectionsIn(await readFile(RESULTS, 'utf8'))
    : new Map<string, string>();
  sections.set(title, text);
  await writeFile(RESULTS, `${[HEAD, ...sections.values()].join('\n\n')}\n`);
  execFileSync('node_modules/.bin/biome', ['format', '--write', RESULTS], { stdio: 'ignore' });
}

const asked = process.argv.slice(2).flatMap((name) => (name === 'probe' ? Object.keys(PROBE_PARTS) : [name]));
const unknown = asked.find((name) => !(name in PARTS));
if (unknown !== undefined) {
  console.error(`unknown benchmark: ${unknown} (known: ${Object.keys(PARTS).join(', ')})`);
  process.exit(2);
}
// In the repository, not in the system's temporary folder, which may be memory.
await mkdir('.setup', { recursive: true });
const folder = await mkdtemp(join(process.cwd(), '.setup', 'bench-'));
try {
  for (const [name, run] of Object.entries(PARTS)) {
    if (asked.length > 0 && !asked.includes(name)) continue;
    console.error(`bench: ${name}`);
    const before = load();
    const own = join(folder, name);
    await mkdir(own);
    const section = await run(own);
    const text = markdown({ ...section, notes: [...section.notes, '', circumstances(before)] });
    console.log(`${text}\n`);
    if (process.env.BENCH_PROBE_SCALE === undefined) await keep(section, text);
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
