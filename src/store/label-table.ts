import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse } from 'csv-parse/sync';
import { messageOf, UserError } from '../errors.js';
import { parseTable, type TableValue } from './table.js';

type Pair = readonly [key: TableValue, label: TableValue];

/**
 * Reads a label set from a table of the user's: `.csv` (columns `key` and `label` by name, or the first two where
 * the header has no such names) or `.parquet` (columns `key` and `label`). Labels are strings or whole numbers,
 * which become decimal strings; a sample with an empty label is left out.
 *
 * @throws UserError for a file that cannot be read, missing columns, and a key with two different labels.
 */
export async function readLabelTable(path: string): Promise<ReadonlyMap<string, string>> {
  const bytes = await readUserFile(path);
  const kind = extname(path).toLowerCase();
  if (kind === '.csv') return labelsByKey(path, csvPairs(path, bytes));
  if (kind === '.parquet') return labelsByKey(path, await parquetPairs(path, bytes));
  throw new UserError(`not a label table: ${path} (its name must end in .csv or .parquet)`);
}

async function readUserFile(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw new UserError(`label table cannot be read: ${path} (${messageOf(error)})`, { cause: error });
  }
}

function csvPairs(path: string, bytes: Buffer): Pair[] {
  const [header = [], ...records] = parseCsv(path, bytes);
  if (header.length < 2) {
    throw new UserError(`label table has ${header.length} columns: ${path} (it needs key and label)`);
  }
  const [keyAt, labelAt] = [header.indexOf('key'), header.indexOf('label')];
  const named = keyAt !== -1 && labelAt !== -1;
  return records.map((record) => (named ? [record[keyAt]!, record[labelAt]!] : [record[0]!, record[1]!]));
}

function parseCsv(path: string, bytes: Buffer): string[][] {
  try {
    return parse(bytes, { bom: true, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new UserError(`not a CSV table: ${path} (${messageOf(error)})`, { cause: error });
  }
}

async function parquetPairs(path: string, bytes: Buffer): Promise<Pair[]> {
  const { rows, columns } = await parseUserTable(path, bytes);
  const { key, label } = columns;
  if (key === undefined || label === undefined) {
    throw new UserError(
      `label table has no column ${key === undefined ? 'key' : 'label'}: ${path} (it needs both)`,
    );
  }
  return Array.from({ length: rows }, (_, row) => [key[row] ?? null, label[row] ?? null]);
}

async function parseUserTable(path: string, bytes: Buffer) {
  try {
    return await parseTable(bytes, { columns: ['key', 'label'] });
  } catch (error) {
    throw new UserError(`not a Parquet table: ${path} (${messageOf(error)})`, { cause: error });
  }
}

function labelsByKey(path: string, pairs: readonly Pair[]): ReadonlyMap<string, string> {
  const labels = new Map<string, string>();
  for (const [key, value] of pairs) {
    if (key === null || key === '') throw new UserError(`label table has a row without a key: ${path}`);
    const label = labelText(path, String(key), value);
    if (label === undefined) continue;
    const known = labels.get(String(key)) ?? label;
    if (known !== label) {
      throw new UserError(`label table has two labels for ${key}: ${known} and ${label} (${path})`);
    }
    labels.set(String(key), label);
  }
  return labels;
}

function labelText(path: string, key: string, value: TableValue): string | undefined {
  if (value === null || value === '') return undefined;
  if (typeof value === 'string' || Number.isSafeInteger(value)) return String(value);
  throw new UserError(`not a label: ${value} of ${key} (strings or whole numbers; ${path})`);
}

/** The different labels in order: as numbers when all of them are whole numbers, else as text by code unit. */
export function labelClasses(labels: Iterable<string>): string[] {
  const distinct = [...new Set(labels)].sort();
  if (!distinct.every((label) => /^-?(0|[1-9]\d*)$/.test(label))) return distinct;
  return distinct.sort((a, b) => Number(a) - Number(b));
}
