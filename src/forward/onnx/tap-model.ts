/** What the runtime's input is called. */
export const PIXELS = 'strata/pixels';

/** An output of an edited model. */
export interface TapOutput {
  readonly name: string;
  readonly type: 'float32' | 'float16';
  readonly features: number;
}

/** A model from uint8 pixels to reduced features, without its large weights, which stay in their files. */
export interface TapModel {
  readonly bytes: Uint8Array;
  readonly outputs: readonly TapOutput[];
}
