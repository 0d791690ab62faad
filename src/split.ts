/** The three parts of a data set: probes train on `train`, are selected on `valid`, and read `test` once. */
export const SPLITS = ['train', 'valid', 'test'] as const;

/** One of {@link SPLITS}. */
export type Split = (typeof SPLITS)[number];

/** One value for each split. */
export type PerSplit<T> = Readonly<Record<Split, T>>;

/** Builds a value for each split, in the order train, valid, test. */
export function perSplit<T>(make: (split: Split) => T): PerSplit<T> {
  return { train: make('train'), valid: make('valid'), test: make('test') };
}
