/** How an image of any shape becomes one of the model's: `cover` fills it and cuts what sticks out,
 * `contain` fits inside it and pads with black, `stretch` changes the aspect ratio. */
export const RESIZE_RULES = ['cover', 'contain', 'stretch'] as const;

/** One of {@link RESIZE_RULES}. */
export type ResizeRule = (typeof RESIZE_RULES)[number];

/** The filters that resample an image, as Pillow computes them: antialiased where it shrinks, except `nearest`. */
export const RESAMPLE_KERNELS = ['nearest', 'bilinear', 'bicubic', 'lanczos'] as const;

/** One of {@link RESAMPLE_KERNELS}. */
export type ResampleKernel = (typeof RESAMPLE_KERNELS)[number];

/** The shape in which every image leaves the decoder, and how it gets there. Part of the fingerprint. */
export interface Geometry {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
  readonly resize: ResizeRule;
  /** The central part of the resized image that is kept: 0.875 is the usual 224 out of 256; above 1, a black border is added. */
  readonly crop: number;
  readonly kernel: ResampleKernel;
}

/** The number of bytes of one decoded image: height x width x channels. */
export function imageBytes({ height, width, channels }: Geometry): number {
  return height * width * channels;
}
