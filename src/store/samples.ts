import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { DamagedCacheError } from '../errors.js';
import type { WrittenFile } from './column.js';
import { parseTable, rowsOf, type TableColumn, type TableRow, writeTable } from './table.js';

/** What became of a sample: `quarantined` ones could not be decoded and have no feature row. */
export const SAMPLE_STATUSES = ['ok', 'quarantined'] as const;

/** One of {@link SAMPLE_STATUSES}. */
export type SampleStatus = (typeof SAMPLE_STATUSES)[number];

/** A sample of the cache: a row of `samples/`. */
export interface SampleRow {
  /** Its place in its split after the splits before it: one numbering for the cache, `id` in the feature shards. */
  readonly id: number;
  readonly key: string;
  /** Its class in each label set; null where it has none. */
  readonly labels: Readonly<Record<string, string | null>>;
  readonly width: number | null;
  readonly height: number | null;
  readonly sourceSha256: string | null;
  /** What the model's own classifier said of it, where it has one. `modelRank` is that of the true class, 0 where the model is right. */
  readonly modelPrediction: string | null;
  readonly modelLoss: number | null;
  readonly modelRank: number | null;
  readonly status: SampleStatus;
  /** Why it is quarantined. */
  readonly reason: string | null;
}

/** The column of a label set: `label` for the main one, `label_<name>` for the others. */
export function labelColumn(labelSet: string): string {
  return labelSet === 'label' ? 'label' : `label_${labelSet}`;
}

function sampleColumns(labelSets: readonly string[]): TableColumn[] {
  return [
    { name: 'id', type: 'int32' },
    { name: 'key', type: 'utf8' },
    ...labelSets.map((name): TableColumn => ({ name: labelColumn(name), type: 'utf8', optional: true })),
    { name: 'width', type: 'int32', optional: true },
    { name: 'height', type: 'int32', optional: true },
    { name: 'source_sha256', type: 'utf8', optional: true },
    { name: 'model_prediction', type: 'utf8', optional: true },
    { name: 'model_loss', type: 'double', optional: true },
    { name: 'model_rank', type: 'int32', optional: true },
    { name: 'status', type: 'utf8' },
    { name: 'reason', type: 'utf8', optional: true },
  ];
}

/** Writes one part of the samples table. Rows are in the order of their ids; all label sets become columns. */
export async function writeSamples(
  path: string,
  labelSets: readonly string[],
  rows: Iterable<SampleRow> | AsyncIterable<SampleRow>,
): Promise<WrittenFile> {
  return await writeTable(path, sampleColumns(labelSets), tableRows(labelSets, rows));
}

async function* tableRows(
  labelSets: readonly string[],
  rows: Iterable<SampleRow> | AsyncIterable<SampleRow>,
): AsyncGenerator<TableRow> {
  for await (const { labels, sourceSha256, modelPrediction, modelLoss, modelRank, ...row } of rows) {
    yield {
      ...row,
      ...Object.fromEntries(labelSets.map((name) => [labelColumn(name), labels[name] ?? null])),
      source_sha256: sourceSha256,
      model_prediction: modelPrediction,
      model_loss: modelLoss,
      model_rank: modelRank,
    };
  }
}

const text = z.string().nullable();
const number = z.number().nullable();
const tableRowSchema = z.looseObject({
  id: z.int(),
  key: z.string(),
  width: number,
  height: number,
  source_sha256: text,
  model_prediction: text,
  model_loss: number,
  model_rank: number,
  status: z.enum(SAMPLE_STATUSES),
  reason: text,
});

/** Reads one part of the samples table, with the label sets named. */
export async function readSamples(path: string, labelSets: readonly string[]): Promise<SampleRow[]> {
  return await parseSamples(path, await readFile(path), labelSets);
}

/**
 * {@link readSamples} for a file that is in memory; `path` is its name in errors.
 *
 * @throws DamagedCacheError when it is not such a table.
 */
export async function parseSamples(
  path: string,
  bytes: Uint8Array,
  labelSets: readonly string[],
): Promise<SampleRow[]> {
  try {
    return Array.from(rowsOf(await parseTable(bytes)), (row) => sampleRow(row, labelSets));
  } catch (error) {
    throw new DamagedCacheError(path, 'not a samples table', { cause: error });
  }
}

function sampleRow(row: TableRow, labelSets: readonly string[]): SampleRow {
  const { source_sha256, model_prediction, model_loss, model_rank, ...rest } = tableRowSchema.parse(row);
  return {
    id: rest.id,
    key: rest.key,
    labels: Object.fromEntries(labelSets.map((name) => [name, text.parse(row[labelColumn(name)])])),
    width: rest.width,
    height: rest.height,
    sourceSha256: source_sha256,
    modelPrediction: model_prediction,
    modelLoss: model_loss,
    modelRank: model_rank,
    status: rest.status,
    reason: rest.reason,
  };
}
