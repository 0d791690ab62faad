import { parse } from 'csv-parse/sync';
import { UserError } from '../errors.js';

/** The class that a label file gives a name: in full, and its first word. */
export interface FileLabel {
  readonly whole: string;
  readonly first: string;
}

/** Kaggle's ImageNet files: the class is the first word of this column, boxes follow. */
const KAGGLE_COLUMN = 'PredictionString';

/**
 * Parses a file that names the class of each image: `name,class` (CSV, quotes allowed) or `name class`, one to a line.
 * A header needs no telling apart: it names no image. Kaggle's `ImageId,PredictionString` has the class as the first
 * word of the second column.
 *
 * @throws UserError for a line without a class, and for a name with two different classes.
 */
export function parseLabelFile(text: string, path: string): Map<string, FileLabel> {
  const rows = splitRows(text, path);
  const kaggle = rows[0]?.[1] === KAGGLE_COLUMN;
  const labels = new Map<string, FileLabel>();
  rows.forEach(([name = '', value = ''], at) => {
    const first = value.split(/\s+/)[0] ?? '';
    if (name === '' || first === '') {
      throw new UserError(
        `label file ${path}, row ${at + 1}: "${name}" without a class (name,class would be right)`,
      );
    }
    const label = { whole: kaggle ? first : value, first };
    const known = labels.get(name);
    if (known !== undefined && known.whole !== label.whole) {
      throw new UserError(`label file ${path} gives ${name} two classes: ${known.whole} and ${label.whole}`);
    }
    labels.set(name, label);
  });
  return labels;
}

function splitRows(text: string, path: string): string[][] {
  const clean = text.replace(/^\ufeff/, '');
  const firstLine = /[^\r\n]+/.exec(clean)?.[0] ?? '';
  const rows = firstLine.includes(',') ? parseCsv(clean, path) : parseWords(clean);
  return rows.map(([name = '', ...rest]) => [name.replace(/^\.\//, ''), ...rest]);
}

function parseCsv(text: string, path: string): string[][] {
  try {
    return parse(text, { relax_column_count: true, skip_empty_lines: true, trim: true }) as string[][];
  } catch (error) {
    throw new UserError(`label file cannot be read as CSV: ${path}: ${(error as Error).message}`, {
      cause: error,
    });
  }
}

function parseWords(text: string): string[][] {
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '');
  return lines.map((line) => {
    const [, name = '', value = ''] = /^\s*(\S+)\s*(.*?)\s*$/.exec(line) ?? [];
    return [name, value];
  });
}

/** The label of an image by any of the names a file may call it: with its folder or without, with extension or without. */
export function findLabel(
  labels: ReadonlyMap<string, FileLabel>,
  { folder, name }: { folder: string; name: string },
): FileLabel | undefined {
  const base = name.slice(name.lastIndexOf('/') + 1);
  const full = folder === '' ? name : `${folder}/${name}`;
  for (const candidate of [name, full, base, stem(name), stem(full), stem(base)]) {
    const label = labels.get(candidate);
    if (label !== undefined) return label;
  }
  return undefined;
}

function stem(name: string): string {
  return name.replace(/\.[^./]+$/, '');
}
