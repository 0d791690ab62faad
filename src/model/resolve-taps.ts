import { selectTaps } from '../select-taps.js';
import { TAP_KINDS, type Tap, type TapKind } from './model.js';

/** The taps of a model that names, globs, kinds or `all` stand for, in depth order: see selectTaps. */
export function resolveTaps(selection: readonly string[], taps: readonly Tap[]): readonly Tap[] {
  return selectTaps(selection, taps, TAP_KINDS);
}

/**
 * The taps of a run that asks for none: the input, and the merges where there are at least two (a residual or branched
 * network), else the activations, else convolutions and dense layers, else all.
 */
export function defaultTaps(taps: readonly Tap[]): readonly Tap[] {
  const choices: readonly (readonly TapKind[])[] = [['merge'], ['activation'], ['convolution', 'dense']];
  const kinds = choices.find((some) => taps.filter(({ kind }) => some.includes(kind)).length >= 2);
  return kinds === undefined ? taps : taps.filter(({ kind }) => kind === 'input' || kinds.includes(kind));
}
