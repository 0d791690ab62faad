import { UserError } from '../errors.js';
import type { ModelInput } from './model.js';

/** Height and width in pixels. */
export interface InputSize {
  readonly height: number;
  readonly width: number;
}

/** The input as a model file states it. */
export interface StatedInput {
  readonly name: string;
  /** With the batch; null or -1 where the file leaves a length open; null where it states nothing. */
  readonly shape: readonly (number | null)[] | null;
}

function isOpen(length: number | null | undefined): length is null | undefined {
  return length === null || length === undefined || length < 0;
}

function shapeText(shape: StatedInput['shape']): string {
  return shape === null
    ? 'of no stated shape'
    : `(${shape.map((length) => (isOpen(length) ? '?' : length)).join(', ')})`;
}

function axis(stated: number | null | undefined, wanted: number | undefined): number | undefined {
  return isOpen(stated) ? wanted : stated;
}

/**
 * What a model wants to be fed, from its file and, where that leaves the size open, from `size`.
 *
 * @throws UserError where the input is no image, the size is missing, or it contradicts the file.
 */
export function modelInput({ name, shape }: StatedInput, size: InputSize | undefined): ModelInput {
  const [, statedHeight, statedWidth, channels] = shape ?? [];
  if ((shape !== null && shape.length !== 4) || (channels !== 1 && channels !== 3))
    throw new UserError(
      `model input is not an image: ${name} ${shapeText(shape)} (expected: batch, height, width, 1 or 3 channels)`,
    );
  const height = axis(statedHeight, size?.height);
  const width = axis(statedWidth, size?.width);
  if (height === undefined || width === undefined)
    throw new UserError(
      `model leaves its input size open: ${name} ${shapeText(shape)} (--input-size 224x224 gives one)`,
    );
  if (size !== undefined && (size.height !== height || size.width !== width))
    throw new UserError(
      `model input size is fixed: ${size.height}x${size.width} was asked for, the model takes ${height}x${width}`,
    );
  return { height, width, channels };
}
