import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { RANDOM } from '../control-name.js';
import { messageOf, UserError } from '../errors.js';
import { PROBE_KINDS } from '../probe/probe-kind.js';
import type { PerSplit } from '../split.js';
import { DTYPES } from '../store/column.js';
import type { CacheIdentity } from '../store/manifest.js';
import { replaceText } from './replace-file.js';

/** The file of a run's directory that makes it a run; written last. */
export const RUN_FILE = 'run.json';

const count = z.number().int().nonnegative();
const text = z.string();
const perSplit = <T extends z.ZodType>(value: T) => z.object({ train: value, valid: value, test: value });

/** JSON has no NaN, which a model's mean loss is where one output is: it stands there as null. */
const lossSchema = z.preprocess((value) => value ?? Number.NaN, z.union([z.number(), z.nan()]));

const splitMetricsSchema = z.object({
  samples: count,
  loss: lossSchema,
  error: z.number(),
  top5Error: z.number().nullable(),
});

const labelSetFields = z.object({
  name: text,
  /** Of a control the label set whose labels it permutes, else null. */
  controlOf: text.nullish(),
  classes: count,
  labelled: perSplit(count),
  unlabelled: perSplit(count),
  /**
   * What the best constant prediction gives on each split (see `chanceOf`); null where the split has no samples, and in
   * runs of earlier versions, whose `chanceError` was that of train's most frequent class.
   */
  chance: perSplit(z.object({ error: z.number(), loss: z.number() }).nullable()).default({
    train: null,
    valid: null,
    test: null,
  }),
  /** What the model's own classifier did on the samples with a label; null where it has no say. */
  model: perSplit(splitMetricsSchema.nullable()),
});

/** Runs of earlier versions knew one control, that of the main label set, by its short name alone. */
const labelSetSchema = labelSetFields.transform(({ controlOf, ...fields }) => ({
  ...fields,
  controlOf: controlOf === undefined && fields.name === RANDOM ? 'label' : (controlOf ?? null),
}));

/** See `DuplicateCounts`. */
const duplicatesSchema = z.object({
  leaked: z.object({ valid: count, test: count }),
  testInTrain: count,
  testInValid: count,
  within: perSplit(count),
  conflicting: count,
});

const optionsSchema = z
  .object({
    cache: text,
    out: text,
    taps: z.array(text),
    reductions: z.array(text),
    labels: z.array(text),
    kind: z.enum(PROBE_KINDS),
    l2: z.union([z.literal('auto'), z.array(z.number().nonnegative())]),
    seed: z.number().int(),
    /** Of softmax probes: others have neither, but runs of earlier versions state them all the same. */
    tolerance: z.number().optional(),
    maxPasses: count.optional(),
    folds: count,
    seeds: count,
    dropDuplicates: z.boolean().optional(),
    memoryBytes: z.number().nonnegative(),
    backend: text,
  })
  .catchall(z.json());

const identitySchema = z.custom<CacheIdentity>(
  (value) => z.looseObject({ formatVersion: z.number(), dtype: z.enum(DTYPES) }).safeParse(value).success,
  'expected the identity of a cache',
);

const runRecordSchema = z.object({
  strataVersion: text,
  started: z.iso.datetime(),
  names: z.object({ dataset: text, model: text }),
  cache: z.object({ fingerprint: text, identity: identitySchema, samples: perSplit(count) }),
  options: optionsSchema,
  /** `products`: how wide matrix products were computed; older runs do not say. */
  backend: z.object({ name: text, version: text, products: text.optional() }),
  machine: z.object({ cpu: text, cores: count, memoryBytes: z.number(), node: text, platform: text }),
  /** Seconds by stage, in the order of the stages. */
  seconds: z.record(text, z.number()),
  /** Samples that could not be decoded, and so have no features. */
  quarantined: perSplit(count),
  labelSets: z.array(labelSetSchema),
  /** Samples whose sources have the same bytes; older runs do not say. */
  duplicates: duplicatesSchema.optional(),
  warnings: z.array(text),
  /** Choices made for the user: what the dtype changed, which reduction each tap has (see `runNotes`). */
  notes: z.array(text),
});

/** What one label set was in a run: its size, the chance level and the model's own result. */
export type LabelSetRecord = z.infer<typeof labelSetSchema>;

/** `run.json`: everything needed to repeat a run, and everything a report states beside the measurements. */
export type RunRecord = z.infer<typeof runRecordSchema>;

/** The names of a run's controls. */
export function controlsOf({ labelSets }: Pick<RunRecord, 'labelSets'>): readonly string[] {
  return labelSets.filter(({ controlOf }) => controlOf !== null).map(({ name }) => name);
}

/** Counts of samples in each split. */
export type SampleCounts = PerSplit<number>;

/** Writes `run.json` into a run's directory, whole or not at all. */
export async function writeRunRecord(directory: string, run: RunRecord): Promise<string> {
  const file = join(directory, RUN_FILE);
  await replaceText(file, `${JSON.stringify(runRecordSchema.parse(run), null, 2)}\n`);
  return file;
}

/**
 * Reads `run.json` of a run's directory.
 *
 * @throws UserError when the directory holds no run, or the file is not one that strata wrote.
 */
export async function readRunRecord(directory: string): Promise<RunRecord> {
  const file = join(directory, RUN_FILE);
  return parseRunRecord(await readRunFile(directory, file), file);
}

async function readRunFile(directory: string, file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code !== 'ENOENT' && code !== 'ENOTDIR') throw error;
    throw new UserError(
      `not a strata run: ${directory} (it has no ${RUN_FILE}; give the --out directory of \`strata probe\`)`,
      { cause: error },
    );
  }
}

function parseRunRecord(json: string, file: string): RunRecord {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch (error) {
    throw new UserError(`not a strata run: ${file}: ${messageOf(error)}`, { cause: error });
  }
  const parsed = runRecordSchema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new UserError(`not a strata run: ${file}: ${issue?.path.join('.')}: ${issue?.message}`);
}
