/**
 * The paper's networks at full size, with random weights, in each format that they can be exported to: their points, the
 * speed of extracting them on a part of imagenette, and memory. Each network's files are removed before the next is made.
 *
 *     npx tsx scripts/export/networks.ts [IMAGES] [NETWORK ...]
 *
 * IMAGES of each split (default 32); names are those of the table (default all). The table goes into scripts/export/RESULTS.md.
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { digits, markdown } from '../bench/section.js';
import { circumstances, keepSection, load } from '../results-page.js';
import { tryCommand } from '../setup/run-command.js';
import { exporterOf, exportPython, type Library } from './environment.js';
import { measuredRun } from './measured-run.js';

const IMAGES = '../shared/data/imagenette';
const REDUCTIONS = 'average-pool,random-subset:1000';
const TITLE = "The paper's networks";

const RESULTS = {
  path: 'scripts/export/RESULTS.md',
  head: '# Exported networks\n\nMade by `npx tsx scripts/export/networks.ts`; weights are random.',
};

interface Network {
  readonly title: string;
  /** What each library calls it; where one is missing, it has no such network. */
  readonly names: Partial<Record<Library, string>>;
}

const NETWORKS: readonly Network[] = [
  { title: 'ResNet-50', names: { torchvision: 'resnet50', keras: 'ResNet50' } },
  { title: 'ResNet-101', names: { torchvision: 'resnet101', keras: 'ResNet101' } },
  { title: 'ResNet-152', names: { torchvision: 'resnet152', keras: 'ResNet152' } },
  { title: 'VGG-16', names: { torchvision: 'vgg16', keras: 'VGG16' } },
  { title: 'VGG-19', names: { torchvision: 'vgg19', keras: 'VGG19' } },
  { title: 'Inception v3', names: { torchvision: 'inception_v3', keras: 'InceptionV3' } },
];

const FORMATS = { torchvision: 'ONNX', timm: 'ONNX', keras: 'SavedModel' } as const;

interface Extracted {
  readonly samples: number;
  readonly bytes: number;
  readonly seconds: number;
}

async function exportRandom(library: Library, name: string, out: string): Promise<number> {
  const started = performance.now();
  const which = library === 'keras' ? [name] : [library, name];
  const args = [exporterOf(library), ...which, '--weights', 'random', '--seed', '1', '--out', out];
  const { code, output } = await tryCommand(await exportPython(library), args);
  if (code !== 0) throw new Error(`${name} of ${library} was not exported: ${output.trim()}`);
  return (performance.now() - started) / 1000;
}

/** A row of the table: one network in one format. */
async function row(
  folder: string,
  library: Library,
  name: string,
  images: number,
): Promise<readonly string[]> {
  const model = join(folder, library === 'keras' ? name : `${name}.onnx`);
  const exported = await exportRandom(library, name, model);
  const points = await measuredRun<{ taps: readonly unknown[] }>([
    'taps',
    '--model',
    model,
    '--taps',
    'paper',
  ]);
  const { result, wallSeconds, peakBytes } = await measuredRun<Extracted>([
    ...['extract', '--dataset', `folder:${IMAGES}`, '--limit', `${images}`, '--model', model],
    ...['--taps', 'paper', '--reduce', REDUCTIONS, '--cache', join(folder, 'cache')],
  ]);
  return [
    FORMATS[library],
    `${points.result.taps.length}`,
    digits(exported),
    digits(wallSeconds - result.seconds),
    digits(result.samples / result.seconds),
    digits(peakBytes / 1e6),
    digits(result.bytes / result.samples / 1000),
  ];
}

async function rowsOf({ title, names }: Network, images: number): Promise<readonly (readonly string[])[]> {
  const rows: (readonly string[])[] = [];
  for (const [library, name] of Object.entries(names) as [Library, string][]) {
    const folder = await mkdtemp(join(process.cwd(), '.setup', 'networks-'));
    try {
      console.error(`networks: ${title} from ${library}`);
      rows.push([title, ...(await row(folder, library, name, images))]);
    } catch (error) {
      console.error(error instanceof Error ? error.message : error);
      rows.push([title, FORMATS[library], 'failed', '', '', '', '', '']);
      process.exitCode = 1;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

async function main(args: readonly string[]): Promise<void> {
  const images = /^\d+$/.test(args[0] ?? '') ? Number(args[0]) : 32;
  const asked = args.filter((word) => !/^\d+$/.test(word));
  const before = load();
  await mkdir('.setup', { recursive: true });
  const rows: (readonly string[])[] = [];
  for (const network of NETWORKS)
    if (asked.length === 0 || asked.includes(network.title)) rows.push(...(await rowsOf(network, images)));
  const text = markdown({
    title: TITLE,
    header: ['network', 'format', 'points', 'export s', 'open s', 'images/s', 'peak MB', 'kB an image'],
    rows,
    notes: [
      `Points: those of \`--taps paper\`, each under ${REDUCTIONS}, float32; at most ${images} images of each split of imagenette, once each.`,
      'Open: from the start of the command to its first image, reading and compiling the network.',
      '',
      circumstances(before),
    ],
  });
  console.log(text);
  if (asked.length === 0) await keepSection(RESULTS, { title: TITLE, text });
}

await main(process.argv.slice(2));
