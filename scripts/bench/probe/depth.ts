import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { loadBackend } from '../../../src/backend/backend.js';
import { alternate, timed } from '../alternate.js';
import { makePeers, startPass } from '../peers.js';
import { digits, type Section } from '../section.js';
import { scaled } from './problems.js';
import { type OpenColumn, openColumn } from './strata-column.js';
import { writeCache } from './write-cache.js';

const TITLE = "Probing: one pass over ResNet-50's 17 pooled taps with 1,000 classes, beside extraction";
const repeated = (width: number, times: number): number[] => new Array(times).fill(width);
const WIDTHS = [3, ...repeated(256, 3), ...repeated(512, 4), ...repeated(1024, 6), ...repeated(2048, 3)];
const CLASSES = 1000;
const ROWS = Math.max(CLASSES, scaled(8192));
const BATCH = 32;

/** The shards of 17 taps: their values do not matter here. */
async function makeTaps(directory: string): Promise<void> {
  const labels = (rows: number) => Int32Array.from({ length: rows }, (_, at) => at % CLASSES);
  const numbers = Float32Array.from({ length: 2 ** 20 }, (_, at) => Math.sin(at * at));
  await writeCache(directory, {
    rows: { train: ROWS, valid: CLASSES, test: 0 },
    labelSets: [
      {
        ...{ name: 'label', classes: CLASSES },
        labels: { train: labels(ROWS), valid: labels(CLASSES), test: labels(0) },
      },
    ],
    taps: WIDTHS.map((features, at) => ({
      ...{ name: `tap_${at}`, features },
      values: (_split, start, end) =>
        new Float32Array((end - start) * features).map(
          (_, place) => numbers[(start * features + place + at) % numbers.length]!,
        ),
    })),
  });
}

async function passOver({ rows, labels }: OpenColumn): Promise<void> {
  const passes = rows.passes.train;
  const weights = new Float32Array((passes.features + 1) * CLASSES).map((_, at) => 1e-3 * Math.sin(at));
  await passes.accumulate({
    weights,
    problems: [{ classes: CLASSES, labels: labels.labels.train, curvature: false }],
  });
}

/** Images/s of the compiled forward pass in float32, which extraction cannot exceed; or why it is not known. */
async function forwardRate(): Promise<number | string> {
  const problem = await makePeers();
  if (problem !== undefined) return problem;
  const pass = await startPass('strata', 'resnet50');
  const images = 4 * BATCH;
  const once = () => pass.seconds({ run: 4 }, images);
  const { seconds } = await alternate({ seconds: once }).finally(() => pass.stop());
  return images / seconds;
}

/** Samples/s of a pass over all taps, read from shards, to compare with images/s of the network itself. */
export async function benchDepth(folder: string): Promise<Section> {
  await loadBackend('tensorflow');
  const cache = join(folder, 'taps');
  await makeTaps(cache);
  const columns: OpenColumn[] = [];
  for (const at of WIDTHS.keys())
    columns.push(await openColumn({ cache, tap: `tap_${at}`, labels: 'label' }, 0));
  const { seconds } = await alternate({
    seconds: () =>
      timed(async () => {
        for (const column of columns) await passOver(column);
      }),
  });
  await rm(cache, { recursive: true });
  const [samples, images] = [ROWS / seconds, await forwardRate()];
  const known = typeof images === 'number';
  return {
    title: TITLE,
    header: ['', 'per second'],
    rows: [
      ['samples, all taps', digits(samples)],
      ...(known ? [['images, forward pass in float32', digits(images)]] : []),
      ...(known ? [['ratio', digits(samples / images)]] : []),
    ],
    notes: [
      `A pass (loss and gradient) over ${ROWS} samples of ${WIDTHS.length} taps of 3 to 2,048 float32 features, read from shards at every pass: ${digits((samples * WIDTHS.reduce((sum, width) => sum + width, 0) * CLASSES * 4) / 1e9)} GFLOP/s.`,
      known
        ? 'Forward pass: batches of 32 in memory, 17 pooled taps out; reading and decoding of images comes on top.'
        : `The forward pass was left out: ${images}.`,
    ],
  };
}
