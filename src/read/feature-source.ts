/** Some consecutive rows of a source. The array may be a view on the file's bytes: it is valid until the next block. */
export interface FeatureBlock {
  readonly rows: number;
  /** (rows, features), row by row. */
  readonly features: Float32Array;
}

/** The features of one column and split, read from the start as often as needed, always in the same order. */
export interface FeatureSource {
  readonly rows: number;
  readonly features: number;
  blocks(): AsyncIterable<FeatureBlock>;
}
