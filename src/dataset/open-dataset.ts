import { UserError } from '../errors.js';
import type { Json } from '../fingerprint.js';
import { type PerSplit, perSplit, SPLITS } from '../split.js';
import { type Dataset, type LabelSet, MAIN_LABEL_SET } from './dataset.js';
import { openFolder } from './folder.js';
import { openGlyphs } from './glyphs.js';
import { openIdx } from './idx.js';
import { hashListing } from './listing-hash.js';
import { type SelectedSplit, type Selection, selectSamples } from './select-samples.js';
import { chooseClasses, type DatasetOptions, parseSelection } from './selection-options.js';
import type { SampleSource } from './source.js';

const SPECS = 'glyphs, glyphs:SEED, idx:DIR or folder:DIR';

/**
 * Opens the data set that a `--dataset` option names: `glyphs`, `glyphs:SEED`, `idx:DIR` or `folder:DIR`.
 *
 * @throws UserError for anything else, and where the data set is empty, broken or lacks what was asked for.
 */
export async function openDataset(spec: string, options: DatasetOptions = {}): Promise<Dataset> {
  const selection = parseSelection(options);
  const source = await openSource(spec, options);
  const classes = chooseClasses(source.classes, options.classes);
  const chosen = classes === undefined ? selection : { ...selection, classes };
  return assemble(source, chosen);
}

async function openSource(spec: string, { splitLabels }: DatasetOptions): Promise<SampleSource> {
  const [, kind, argument] = /^([^:]*)(?::(.*))?$/s.exec(spec) ?? [];
  if (splitLabels !== undefined && kind !== 'folder' && Object.keys(splitLabels).length > 0) {
    throw new UserError(`label files are for folder:DIR data sets, and this one is ${spec}`);
  }
  if (kind === 'glyphs') return openGlyphs(parseSeed(spec, argument));
  if (kind === 'idx' && argument) return openIdx(argument);
  if (kind === 'folder' && argument) return openFolder(argument, splitLabels ?? {});
  throw new UserError(`unknown data set: ${spec || '(nothing)'} (would be right: ${SPECS})`);
}

function parseSeed(spec: string, argument: string | undefined): number {
  if (argument === undefined) return 0;
  const seed = Number(argument);
  if (/^\d+$/.test(argument) && Number.isSafeInteger(seed)) return seed;
  throw new UserError(`seed of the data set is not a whole number: ${spec} (would be right: glyphs:7)`);
}

async function assemble(source: SampleSource, selection: Selection): Promise<Dataset> {
  const selected = selectSamples(source.splits, selection);
  if (selected.train.indices.length === 0) {
    throw new UserError(
      `no train samples are left in ${source.name} (check --classes and the carved-out splits)`,
    );
  }
  const { classes } = selection;
  const main = mainLabelSet(source, selected, classes);
  return {
    kind: source.kind,
    name: source.name,
    splits: perSplit((split) => listing(source, selected[split])),
    labelSets: [main, ...source.factors.map((factor) => factorLabelSet(factor, selected))],
    ...(source.imageShape === undefined ? {} : { imageShape: source.imageShape }),
    identity: await identify(source, selected, { selection, main }),
    read: async (split, index) => source.read(selected[split].from, sampleAt(selected[split], index)),
  };
}

function sampleAt({ indices }: SelectedSplit, index: number): number {
  const sample = indices[index];
  if (sample === undefined) throw new RangeError(`sample ${index} is outside a split of ${indices.length}`);
  return sample;
}

function listing(source: SampleSource, selected: SelectedSplit): Dataset['splits']['train'] {
  return {
    length: selected.indices.length,
    key: (index) => source.splits[selected.from]?.key(sampleAt(selected, index)) ?? '',
  };
}

function mainLabelSet(
  source: SampleSource,
  selected: PerSplit<SelectedSplit>,
  kept: readonly number[] | undefined,
): LabelSet {
  const numbers = kept ?? source.classes.map((_, index) => index);
  const renumbered = new Map(numbers.map((old, now) => [old, now]));
  const labels = perSplit((split) => {
    const all = source.splits[selected[split].from]?.labels;
    return Int32Array.from(selected[split].indices, (index) => renumbered.get(all?.[index] ?? -1) ?? -1);
  });
  return { name: MAIN_LABEL_SET, classes: numbers.map((old) => source.classes[old] ?? ''), labels };
}

function factorLabelSet(
  factor: SampleSource['factors'][number],
  selected: PerSplit<SelectedSplit>,
): LabelSet {
  const labels = perSplit((split) => {
    const all = factor.labels[selected[split].from];
    return Int32Array.from(selected[split].indices, (index) => all?.[index] ?? -1);
  });
  return { name: factor.name, classes: factor.classes, labels };
}

async function identify(
  source: SampleSource,
  selected: PerSplit<SelectedSplit>,
  { selection, main }: { selection: Selection; main: LabelSet },
): Promise<Dataset['identity']> {
  const splits: Record<string, Json> = {};
  for (const split of SPLITS)
    splits[split] = await identifySplit(source, selected[split], main.labels[split]);
  return {
    kind: source.kind,
    ...source.identity,
    classes: main.classes,
    splitSeed: selection.splitSeed,
    carve: { ...selection.carve },
    limit: selection.limit ?? null,
    splits,
  };
}

async function identifySplit(
  source: SampleSource,
  selected: SelectedSplit,
  labels: Int32Array,
): Promise<Json> {
  const sizes = await source.sizes(selected.from, selected.indices);
  const key = (index: number): string => source.splits[selected.from]?.key(index) ?? '';
  return {
    samples: selected.indices.length,
    from: selected.from,
    sha256: hashListing({ selected, key, sizes, labels }),
  };
}
