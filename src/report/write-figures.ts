import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { forEach } from '../store/durable-rename.js';
import type { DrawnPlot } from './class-report.js';
import { svgPng } from './png.js';
import { replaceFile, replaceText } from './replace-file.js';

/** Writes each figure as SVG, as PNG and as numbers, and returns the files' names. */
export async function writeFigures(
  directory: string,
  figures: readonly DrawnPlot[],
): Promise<readonly string[]> {
  await forEach(figures, async ({ name, svg, csv }) => {
    await replaceText(join(directory, `${name}.svg`), svg);
    await replaceText(join(directory, `${name}.csv`), csv);
    const png = await svgPng(svg);
    await replaceFile(join(directory, `${name}.png`), (temporary) => writeFile(temporary, png));
  });
  return figures.flatMap(({ name }) => ['svg', 'png', 'csv'].map((extension) => `${name}.${extension}`));
}
