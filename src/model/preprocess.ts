// y = (x - mean) * scale for every channel of a pixel x in 0 ... 255, channels in the model's own order:
//   tf      x / 127.5 - 1                        RGB
//   torch   (x / 255 - mean) / std               RGB, mean (0.485, 0.456, 0.406), std (0.229, 0.224, 0.225)
//   caffe   x - (103.939, 116.779, 123.68)       BGR
//   raw     x                                    RGB
// A grey model takes the mean of the three means and of the three standard deviations. A preset resizes as its origin does:
//   torch, raw   torchvision: the shortest side to size / crop, antialiased bilinear, the centre
//   tf, caffe    keras.utils.load_img(path, target_size=(height, width)): each axis to its length, the nearest pixel
import type { Geometry, ResampleKernel, ResizeRule } from '../decode/geometry.js';
import { UserError } from '../errors.js';
import type { ModelFacts } from './model.js';

/** The named ways to preprocess. */
export const PREPROCESS_PRESETS = ['tf', 'torch', 'caffe', 'raw'] as const;

/** One of {@link PREPROCESS_PRESETS}. */
export type PreprocessPreset = (typeof PREPROCESS_PRESETS)[number];

/** The orders of colour a model may want. */
export const CHANNEL_ORDERS = ['rgb', 'bgr'] as const;

/** One of {@link CHANNEL_ORDERS}. */
export type ChannelOrder = (typeof CHANNEL_ORDERS)[number];

/** What a user or a sidecar declares. Parts override the preset; one mean or scale stands for all channels. */
export interface PreprocessOptions {
  readonly preset?: PreprocessPreset | undefined;
  readonly resize?: ResizeRule | undefined;
  readonly crop?: number | undefined;
  readonly kernel?: ResampleKernel | undefined;
  readonly channelOrder?: ChannelOrder | undefined;
  readonly mean?: readonly number[] | undefined;
  readonly scale?: readonly number[] | undefined;
}

/** Everything between a decoded image and the model, as plain JSON for the fingerprint. */
export interface Preprocess {
  readonly geometry: Geometry;
  readonly channelOrder: ChannelOrder;
  /** One for each channel, in the model's channel order. */
  readonly mean: readonly number[];
  readonly scale: readonly number[];
}

interface Colour {
  readonly channelOrder: ChannelOrder;
  readonly mean: readonly number[];
  /** What values are divided by. */
  readonly deviation: readonly number[];
}

const COLOURS: Readonly<Record<PreprocessPreset, Colour>> = {
  tf: { channelOrder: 'rgb', mean: [127.5, 127.5, 127.5], deviation: [127.5, 127.5, 127.5] },
  torch: {
    channelOrder: 'rgb',
    mean: [0.485 * 255, 0.456 * 255, 0.406 * 255],
    deviation: [0.229 * 255, 0.224 * 255, 0.225 * 255],
  },
  caffe: { channelOrder: 'bgr', mean: [103.939, 116.779, 123.68], deviation: [1, 1, 1] },
  raw: { channelOrder: 'rgb', mean: [0, 0, 0], deviation: [1, 1, 1] },
};

const TORCHVISION = { resize: 'cover', kernel: 'bilinear' } as const;
const KERAS = { resize: 'stretch', kernel: 'nearest' } as const;

const RESIZING: Readonly<Record<PreprocessPreset, Pick<Geometry, 'resize' | 'kernel'>>> = {
  tf: KERAS,
  torch: TORCHVISION,
  caffe: KERAS,
  raw: TORCHVISION,
};

function average([a = 0, b = 0, c = 0]: readonly number[]): number {
  return (a + b + c) / 3;
}

/** A preset for a model of that many channels; in the other channel order, its numbers go with their colours. */
function presetColour(
  preset: PreprocessPreset,
  channels: 1 | 3,
  order?: ChannelOrder,
): Omit<Preprocess, 'geometry'> {
  const { channelOrder, mean, deviation } = COLOURS[preset];
  const scale = deviation.map((value) => 1 / value);
  if (channels === 1) return { channelOrder: 'rgb', mean: [average(mean)], scale: [1 / average(deviation)] };
  if (order === undefined || order === channelOrder) return { channelOrder, mean, scale };
  return { channelOrder: order, mean: mean.toReversed(), scale: scale.toReversed() };
}

/** A sidecar's parts under the user's; a preset of the user's replaces all colour parts of the sidecar. */
function merged(declared: PreprocessOptions, sidecar: PreprocessOptions): PreprocessOptions {
  const given = Object.fromEntries(Object.entries(declared).filter(([, value]) => value !== undefined));
  if (declared.preset === undefined) return { ...sidecar, ...given };
  return { resize: sidecar.resize, crop: sidecar.crop, kernel: sidecar.kernel, ...given };
}

function presetOf(options: PreprocessOptions, { format, name, inputNumbers }: ModelFacts): PreprocessPreset {
  if (options.preset !== undefined) return options.preset;
  if (
    format === 'pixels' ||
    inputNumbers === 'whole' ||
    (options.mean !== undefined && options.scale !== undefined)
  )
    return 'raw';
  throw new UserError(
    `model does not say how its images are preprocessed: ${name} (choose --preprocess ${PREPROCESS_PRESETS.join('|')}, ` +
      'give both mean and scale, or put a strata.json beside it)',
  );
}

function perChannel(what: string, values: readonly number[], channels: 1 | 3): readonly number[] {
  if (values.some((value) => !Number.isFinite(value)) || (what === 'scale' && values.includes(0)))
    throw new UserError(`preprocessing ${what} must be finite numbers other than zero: ${values.join(', ')}`);
  if (values.length === channels) return values;
  if (values.length === 1) return Array.from({ length: channels }, () => values[0]!);
  throw new UserError(
    `preprocessing ${what} has ${values.length} values: ${values.join(', ')} (expected 1 or ${channels})`,
  );
}

/** The largest crop: a third of each side of the model's input is a border then. */
export const LARGEST_CROP = 1.5;

function cropOf(crop = 1): number {
  if (crop > 0 && crop <= LARGEST_CROP) return crop;
  throw new UserError(
    `central crop must be a fraction above 0 and up to ${LARGEST_CROP}: ${crop} (0.875 keeps 224 of 256)`,
  );
}

/** Refuses to round what is not whole: a model that takes whole numbers takes pixels as they are. */
function requireWhole(
  { mean, scale }: Pick<Preprocess, 'mean' | 'scale'>,
  { name, inputNumbers }: ModelFacts,
) {
  if (inputNumbers !== 'whole' || (mean.every((one) => one === 0) && scale.every((one) => one === 1))) return;
  throw new UserError(
    `model takes whole numbers of 0 to 255 and preprocesses them itself: ${name} (choose --preprocess raw)`,
  );
}

/** What {@link resolvePreprocess} puts together. */
export interface PreprocessSources {
  readonly model: ModelFacts;
  /** From the command line. */
  readonly declared?: PreprocessOptions | undefined;
  /** From `strata.json` beside the model. */
  readonly sidecar?: PreprocessOptions | undefined;
}

/**
 * Decides how images are preprocessed: what the user declares over what the model's sidecar says. `pixels` is raw by
 * default; for a network nothing is guessed.
 *
 * @throws UserError naming the choices where neither says enough, or a value is out of range.
 */
export function resolvePreprocess({ model, declared = {}, sidecar = {} }: PreprocessSources): Preprocess {
  const options = merged(declared, sidecar);
  const { channels } = model.input;
  const preset = presetOf(options, model);
  const colour = presetColour(preset, channels, options.channelOrder);
  const mean = perChannel('mean', options.mean ?? colour.mean, channels);
  const scale = perChannel('scale', options.scale ?? colour.scale, channels);
  requireWhole({ mean, scale }, model);
  return {
    geometry: {
      ...model.input,
      resize: options.resize ?? RESIZING[preset].resize,
      crop: cropOf(options.crop),
      kernel: options.kernel ?? RESIZING[preset].kernel,
    },
    channelOrder: colour.channelOrder,
    mean,
    scale,
  };
}

/**
 * The parts of the sidecar's preprocessing that a command line states otherwise; a preset replaces all colour parts. A
 * part that says the same is none.
 */
export function overridden(declared: PreprocessOptions, sidecar: PreprocessOptions): readonly string[] {
  const together = merged(declared, sidecar);
  return Object.keys(sidecar).filter((part) => {
    const [before, after] = [sidecar, together].map((from) => from[part as keyof PreprocessOptions]);
    return before !== undefined && JSON.stringify(before) !== JSON.stringify(after);
  });
}
