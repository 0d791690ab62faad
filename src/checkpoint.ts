/** One moment of a network's training, and the training run it is of. */
export interface Checkpoint {
  /** The training step; null where a network was kept once only. */
  readonly step: number | null;
  /** The seed of the training run; null where there is one run alone. */
  readonly modelSeed: number | null;
}

const SEED = /^seed[-_=. ]?(\d+)$/i;
const LAST_NUMBER = /(\d+)\D*$/;

function wholeNumber(digits: string | undefined): number | null {
  const number = Number(digits ?? Number.NaN);
  return Number.isSafeInteger(number) ? number : null;
}

/** The seed that a folder is named by, `seed-1` or `seed=1`; null for any other folder. */
export function seedOfFolder(name: string): number | null {
  return wholeNumber(SEED.exec(name)?.[1]);
}

/**
 * What a folder's name and that of the folder around it say: the step is the last number of the name (`step-000100`,
 * `epoch_3`), the seed that of `seed-N` around it. A folder `seed-N` itself is a training run without steps. Null where
 * the name says neither.
 *
 * @param parent - the name of the folder around it, or an empty string.
 */
export function checkpointOfFolder(parent: string, name: string): Checkpoint | null {
  const own = seedOfFolder(name);
  if (own !== null) return { step: null, modelSeed: own };
  const step = wholeNumber(LAST_NUMBER.exec(name)?.[1]);
  return step === null ? null : { step, modelSeed: seedOfFolder(parent) };
}

/**
 * Where the cache of a checkpoint lies in the folder of them all, and its run in theirs: `step=100`, `seed=1/step=100`.
 * Hive-style, so that DuckDB, polars and pyarrow see `seed` and `step` as columns.
 */
export function checkpointFolder({ step, modelSeed }: Checkpoint): string {
  const parts = [
    ...(modelSeed === null ? [] : [`seed=${modelSeed}`]),
    ...(step === null ? [] : [`step=${step}`]),
  ];
  return parts.join('/');
}

/** `step 100, seed 1` as tables and messages say it. */
export function checkpointText({ step, modelSeed }: Checkpoint): string {
  const parts = [
    ...(step === null ? [] : [`step ${step}`]),
    ...(modelSeed === null ? [] : [`seed ${modelSeed}`]),
  ];
  return parts.join(', ');
}

/** The order of checkpoints: by seed, then by step. */
export function compareCheckpoints(a: Checkpoint, b: Checkpoint): number {
  return (a.modelSeed ?? -1) - (b.modelSeed ?? -1) || (a.step ?? -1) - (b.step ?? -1);
}

/** What keeps some checkpoints from being told apart or compared, as one clause; undefined where nothing does. */
export function checkpointConflict(
  all: readonly (Checkpoint & { readonly from: string })[],
): string | undefined {
  const seen = new Map<string, string>();
  for (const one of all) {
    const key = checkpointFolder(one);
    const other = seen.get(key);
    if (other !== undefined) return `${other} and ${one.from} are both ${checkpointText(one)}`;
    seen.set(key, one.from);
  }
  return (
    mixed(all, ({ modelSeed }) => modelSeed !== null, 'seed') ??
    mixed(all, ({ step }) => step !== null, 'step')
  );
}

function mixed(
  all: readonly (Checkpoint & { readonly from: string })[],
  has: (one: Checkpoint) => boolean,
  what: string,
): string | undefined {
  const [some, none] = [all.find(has), all.find((one) => !has(one))];
  if (some === undefined || none === undefined) return undefined;
  return `${some.from} has a ${what} and ${none.from} has none`;
}
