import { basename } from 'node:path';
import { loadBackend } from '../backend/backend.js';
import { chooseProducts } from '../backend/softmax.js';
import { deadSegmentLines, findDeadSegments } from '../report/dead-segment-report.js';
import { measurementsJson, runJson } from '../report/results-json.js';
import { leftOut } from '../report/run-facts.js';
import { addedStages, StageClock, type StageTime } from '../stage-clock.js';
import { type FoundCaches, findCaches } from '../store/find-caches.js';
import { checkOut } from './check-out.js';
import { defaultCache, defaultRun, EMBEDDED_DATASET, EMBEDDED_MODEL } from './default-paths.js';
import { EXIT } from './exit-code.js';
import { listenForInterrupt } from './interrupt.js';
import { type ProbedCache, type ProbeTools, probeCache } from './probe-cache.js';
import { openCheckpoints, runCheckpoints } from './probe-checkpoints.js';
import { openInputs, type ProbeInputs, probeChoice } from './probe-inputs.js';
import type { ProbeValues } from './probe-options.js';
import { resultText } from './result-text.js';
import { shortWarnings } from './short-warnings.js';
import { stageLines, terminal } from './terminal.js';

function warnOfSeeds({ options, labelSets }: ProbeInputs): void {
  const drawn = labelSets.some(({ otherDraws = [] }) => otherDraws.length > 0);
  if (options.seeds > 1 && options.folds === 0 && !drawn)
    terminal.warn('--seeds changes nothing here: only --folds and controls (`random`) are drawn');
}

async function probeOne(values: ProbeValues, cache: string): Promise<number> {
  const started = performance.now();
  const clock = new StageClock();
  const inputs = await clock.time('open', () =>
    openInputs(values, { cache, out: values.out ?? defaultRun(cache) }),
  );
  await checkOut(inputs.options.out);
  warnOfSeeds(inputs);
  return await withBackend(values, started, async (tools) => {
    const probed = await probeCache(values, inputs, { ...tools, clock, title: 'probe' });
    printResults({ json: values.json === true, ...probed });
    return clock.report();
  });
}

async function probeCheckpoints(
  values: ProbeValues,
  { directory, caches }: Extract<FoundCaches, { kind: 'checkpoints' }>,
): Promise<number> {
  const started = performance.now();
  const clock = new StageClock();
  const out = values.out ?? defaultRun(directory);
  const open = await clock.time('open', () => openCheckpoints(values, caches, out));
  warnOfSeeds(open.opened[0]!.inputs);
  return await withBackend(values, started, async (tools) => {
    const stages = await runCheckpoints(values, { directory, out, open }, tools);
    return addedStages([clock.report(), stages]);
  });
}

/** Does the work with what it needs, and says at the end how long each stage took. */
async function withBackend(
  values: ProbeValues,
  started: number,
  work: (tools: Omit<ProbeTools, 'clock' | 'title'>) => Promise<readonly StageTime[]>,
): Promise<number> {
  const backend = await loadBackend(values.backend ?? 'auto');
  if (backend.reason !== undefined) terminal.warn(`computing with WebAssembly, slower: ${backend.reason}`);
  const products = chooseProducts(values.products);
  // Heard to the end: a run whose training is done is written whole, whatever is pressed meanwhile.
  const interrupt = listenForInterrupt(
    'stopping (what is trained is kept: the same command goes on from there)',
  );
  try {
    const stages = await work({ backend, products, stop: interrupt.stop });
    terminal.note(stageLines(stages, (performance.now() - started) / 1000, 0));
  } finally {
    interrupt.dispose();
  }
  return EXIT.done;
}

/** Carries out `strata probe` and returns its exit code. */
export async function probe(values: ProbeValues): Promise<number> {
  probeChoice(values);
  const found = await findCaches(values.cache ?? defaultCache(EMBEDDED_DATASET, basename(EMBEDDED_MODEL)));
  return found.kind === 'cache'
    ? await probeOne(values, found.directory)
    : await probeCheckpoints(values, found);
}

function printResults(results: ProbedCache & { readonly json: boolean }): void {
  const { json, run, measurements, steps, files } = results;
  const { segments } = findDeadSegments(results);
  for (const line of leftOut(run)) terminal.note(line);
  for (const warning of shortWarnings(run, measurements, 6)) terminal.warn(warning);
  if (json)
    terminal.printJson({
      run: runJson(run),
      measurements: measurementsJson(measurements),
      depthSteps: steps,
      deadSegments: segments,
      files,
    });
  else terminal.print(`${resultText(measurements, run, { table: 'short', steps })}\n`);
  for (const line of deadSegmentLines(results)) terminal.warn(line);
  terminal.note(`report: ${files.find((file) => file.endsWith('report.html'))}`);
}
