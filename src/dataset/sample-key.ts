import type { Split } from '../split.js';

/** The key of a sample that has a number and no file name: `train/00017`. */
export function sampleKey(split: Split, index: number): string {
  return `${split}/${String(index).padStart(5, '0')}`;
}
