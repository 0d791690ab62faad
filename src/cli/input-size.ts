import { UserError } from '../errors.js';

/** Reads `224` or `240x320`: height by width. */
export function inputSizeOf(text: string | undefined): { height: number; width: number } | undefined {
  if (text === undefined) return undefined;
  const [, height, width = height] = /^([1-9]\d{0,4})(?:x([1-9]\d{0,4}))?$/.exec(text) ?? [];
  if (height === undefined)
    throw new UserError(`--input-size is not a size: ${text} (such as 224 or 240x320)`);
  return { height: Number(height), width: Number(width) };
}
