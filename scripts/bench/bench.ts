/**
 * The benchmarks, each side by side with what it is to be compared with, in one run:
 *
 *     npx tsx scripts/bench/bench.ts [store] [extraction] [forward] [files] [steady] [compute] [onnx] [saved-model] [probe] [probe-a3] ...
 *
 * Without names all of them run, and `probe` is all that begin with `probe-` (probe/parts.ts). Each puts its section
 * into scripts/bench/RESULTS.md in place of the one that is there. With BENCH_PROBE_SCALE, a fraction of the probes'
 * rows for trying them out, sections are printed and not kept.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { circumstances, keepSection, load } from '../results-page.js';
import { benchCompute } from './compute.js';
import { benchExtraction } from './extraction.js';
import { benchFiles } from './files.js';
import { benchForward } from './forward.js';
import { benchOnnx } from './onnx.js';
import { PROBE_PARTS } from './probe/parts.js';
import { benchSavedModel } from './saved-model.js';
import { markdown, type Section } from './section.js';
import { benchSteady } from './steady.js';
import { benchStore } from './store.js';

const PARTS: Readonly<Record<string, (folder: string) => Promise<Section>>> = {
  store: benchStore,
  extraction: benchExtraction,
  forward: benchForward,
  files: benchFiles,
  steady: benchSteady,
  compute: benchCompute,
  onnx: benchOnnx,
  'saved-model': benchSavedModel,
  ...PROBE_PARTS,
};

const RESULTS = {
  path: 'scripts/bench/RESULTS.md',
  head: [
    '# Benchmarks',
    '',
    'Made by `make bench`, section by section. Each number is the median of at least three repetitions in which the variants',
    'take turns; ratios compare medians.',
  ].join('\n'),
};

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
    if (process.env.BENCH_PROBE_SCALE === undefined)
      await keepSection(RESULTS, { title: section.title, text });
  }
} finally {
  await rm(folder, { recursive: true, force: true });
}
