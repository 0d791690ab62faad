/**
 * `make measure-agreement`: one ResNet-50 in every format, compared with PyTorch; the table goes into scripts/export/RESULTS.md.
 *
 *     npx tsx scripts/export/measure-agreement.ts [IMAGES]      of each split; default 4
 */
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { digits, markdown } from '../bench/section.js';
import { circumstances, keepSection, load } from '../results-page.js';
import { agreement, MODEL_FORMATS, type TapAgreement } from './agreement.js';
import { RESULTS, SECTIONS } from './results.js';

const WANTED = 1e-4;

function scientific(value: number): string {
  return value === 0 ? '0' : value.toExponential(1);
}

function rowOf({ shape, names, fromPyTorch, betweenFormats }: TapAgreement): readonly string[] {
  const formats = MODEL_FORMATS.map((format) => scientific(fromPyTorch[format]));
  return [names.ONNX, names.SavedModel, names.tfjs, shape.join('x'), ...formats, scientific(betweenFormats)];
}

function tableOf(rows: readonly TapAgreement[], images: number, circumstance: string): string {
  const worst = Math.max(...rows.flatMap((row) => [...Object.values(row.fromPyTorch), row.betweenFormats]));
  return markdown({
    title: SECTIONS.agreement,
    header: [
      'ONNX',
      'SavedModel',
      'tfjs',
      'shape',
      ...MODEL_FORMATS.map((format) => `${format}: from PyTorch`),
      'between formats',
    ],
    rows: rows.map(rowOf),
    notes: [
      'The ResNet-50 of keras.applications, its weights random and none of them 0 or 1, exported by Keras, written as a tfjs layers model, and',
      "given to torchvision's module, which is exported to ONNX and has forward hooks at its merges. Each number is the largest difference between",
      'features of a tap, relative to the largest magnitude among them; between formats under flatten, average-pool and grid-pool:2.',
      `${images} images of each split. The largest of all is ${digits(worst)}; wanted are at most ${WANTED}: ${worst <= WANTED ? 'met' : 'missed'}.`,
      '',
      circumstance,
    ],
  });
}

async function main([images = '4']: readonly string[]): Promise<void> {
  const before = load();
  await mkdir('.setup', { recursive: true });
  const folder = await mkdtemp(join('.setup', 'agreement-'));
  try {
    const text = tableOf(await agreement(folder, Number(images)), Number(images), circumstances(before));
    console.log(text);
    await keepSection(RESULTS, { title: SECTIONS.agreement, text });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await main(process.argv.slice(2));
