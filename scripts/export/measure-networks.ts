/**
 * `make measure-networks`: the paper's networks at full size, in each format that they can be exported to: their points, the
 * speed of extracting them on a part of imagenette, and memory.
 *
 *     npx tsx scripts/export/measure-networks.ts [IMAGES] [NETWORK ...]
 *
 * IMAGES of each split (default 100); NETWORK such as `VGG-16` (default all). What is measured is kept in .setup/networks, with
 * the models (4 GB in all), so that an interrupted run goes on where it was. With the last network the tables go into
 * scripts/export/RESULTS.md, and the folder is removed.
 */
import { existsSync } from 'node:fs';
import { mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { circumstances, keepSection, load } from '../results-page.js';
import { tryCommand } from '../setup/run-command.js';
import { exporterOf, exportPython } from './environment.js';
import { measuredRun } from './measured-run.js';
import { networksTable, pointsTable } from './networks-tables.js';
import {
  type ListedTap,
  type MeasuredNetwork,
  type NetworkLibrary,
  PAPER_NETWORKS,
  type PaperNetwork,
} from './paper-networks.js';
import { IMAGENETTE, RESULTS, SECTIONS } from './results.js';

const KEPT = join('.setup', 'networks');
const REDUCTIONS = 'average-pool,random-subset:1000';

interface Extracted {
  readonly samples: number;
  readonly bytes: number;
  readonly seconds: number;
}

/** A network in one format that is to be measured. */
interface Case {
  readonly title: string;
  readonly library: NetworkLibrary;
  readonly name: string;
  readonly images: number;
}

function casesOf({ title, names }: PaperNetwork, images: number): readonly Case[] {
  const one = (library: NetworkLibrary) => ({ title, library, name: names[library], images });
  return [one('torchvision'), one('keras')];
}

function keptPath({ library, name, images }: Case): string {
  return join(KEPT, `${library}-${name}-${images}.json`);
}

async function kept(one: Case): Promise<MeasuredNetwork | undefined> {
  const path = keptPath(one);
  return existsSync(path) ? (JSON.parse(await readFile(path, 'utf8')) as MeasuredNetwork) : undefined;
}

async function keep(path: string, content: unknown): Promise<void> {
  await writeFile(`${path}.part`, JSON.stringify(content));
  await rename(`${path}.part`, path);
}

/** Exports with random weights where that has not been done; returns the model's path and the seconds that it took. */
async function exported({ library, name }: Case): Promise<{ model: string; seconds: number }> {
  const model = join(KEPT, library === 'keras' ? name : `${name}.onnx`);
  const told = join(KEPT, `${library}-${name}-export.json`);
  if (existsSync(told)) return { model, seconds: JSON.parse(await readFile(told, 'utf8')) as number };
  await rm(model, { recursive: true, force: true });
  const python = await exportPython(library);
  const started = performance.now();
  const which = library === 'keras' ? [name] : [library, name];
  const args = [exporterOf(library), ...which, '--weights', 'random', '--seed', '1', '--out', model];
  const { code, output } = await tryCommand(python, args);
  if (code !== 0) throw new Error(`${name} of ${library} was not exported: ${output.trim()}`);
  const seconds = (performance.now() - started) / 1000;
  await keep(told, seconds);
  return { model, seconds };
}

async function measured(one: Case): Promise<MeasuredNetwork> {
  const { title, library, images } = one;
  const { model, seconds: exportSeconds } = await exported(one);
  const cache = join(KEPT, 'cache');
  await rm(cache, { recursive: true, force: true });
  const before = load();
  const taps = await measuredRun<readonly ListedTap[]>(['taps', model, '--taps', 'paper']);
  const { result, wallSeconds, peakBytes } = await measuredRun<Extracted>([
    ...['extract', '--dataset', `folder:${IMAGENETTE}`, '--carve', 'test=0', '--limit', `${images}`],
    ...['--model', model, '--taps', 'paper', '--reduce', REDUCTIONS, '--cache', cache],
  ]);
  await rm(cache, { recursive: true, force: true });
  return {
    ...{ title, library, images, exportSeconds, wallSeconds, peakBytes, load: before },
    points: taps.result.map(({ name, shape }) => ({ name, shape })),
    openSeconds: wallSeconds - result.seconds,
    imagesPerSecond: result.samples / result.seconds,
    bytesPerImage: result.bytes / result.samples,
  };
}

async function measureMissing(cases: readonly Case[]): Promise<void> {
  for (const one of cases) {
    if ((await kept(one)) !== undefined) continue;
    console.error(`networks: ${one.title} from ${one.library}`);
    try {
      await keep(keptPath(one), await measured(one));
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      process.exitCode = 1;
    }
  }
}

async function writeTables(all: readonly MeasuredNetwork[], circumstance: string): Promise<void> {
  await keepSection(RESULTS, {
    title: SECTIONS.networks,
    text: networksTable(all, REDUCTIONS, circumstance),
  });
  await keepSection(RESULTS, { title: SECTIONS.points, text: pointsTable(all) });
  await rm(KEPT, { recursive: true });
}

async function main(args: readonly string[]): Promise<void> {
  const images = Number(args.find((word) => /^\d+$/.test(word)) ?? 100);
  const asked = args.filter((word) => !/^\d+$/.test(word));
  const titles = PAPER_NETWORKS.map(({ title }) => title);
  const unknown = asked.find((word) => !titles.includes(word));
  if (unknown !== undefined) throw new Error(`no such network: ${unknown} (known: ${titles.join(', ')})`);
  const before = load();
  await mkdir(KEPT, { recursive: true });
  const cases = PAPER_NETWORKS.flatMap((network) => casesOf(network, images));
  await measureMissing(cases.filter(({ title }) => asked.length === 0 || asked.includes(title)));
  const rows = (await Promise.all(cases.map(kept))).filter((row) => row !== undefined);
  console.log(networksTable(rows, REDUCTIONS, circumstances(before)));
  if (rows.length === cases.length) await writeTables(rows, circumstances(before));
}

await main(process.argv.slice(2));
