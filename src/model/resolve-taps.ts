import picomatch from 'picomatch';
import { UserError, unknownName } from '../errors.js';
import { TAP_KINDS, type Tap, type TapKind } from './model.js';

/** The words for kinds: `merges`, `activations` ... */
const KIND_WORDS = new Map<string, TapKind>([
  ...TAP_KINDS.map((kind): [string, TapKind] => [`${kind}s`, kind]),
  ['dense', 'dense'],
  ['normalizations', 'normalisation'],
]);

function listed(taps: readonly Tap[], kind: TapKind): Tap[] {
  return taps.filter((tap) => tap.kind === kind);
}

function matched(wanted: string, taps: readonly Tap[]): readonly Tap[] {
  const named = taps.filter(({ name }) => name === wanted);
  if (named.length > 0) return named;
  if (wanted === 'all') return taps;
  const kind = KIND_WORDS.get(wanted);
  if (kind !== undefined) {
    const kinds = [...new Set(taps.map((tap) => tap.kind))];
    if (kinds.includes(kind)) return listed(taps, kind);
    throw new UserError(`model has no ${wanted} to tap (its taps are of kind ${kinds.join(', ')})`);
  }
  const names = taps.map(({ name }) => name);
  if (!picomatch.scan(wanted).isGlob) throw unknownName('tap', wanted, names);
  const matches = picomatch(wanted);
  const globbed = taps.filter(({ name }) => matches(name));
  if (globbed.length > 0) return globbed;
  throw new UserError(
    `no tap matches ${wanted} (such as ${names.slice(0, 3).join(', ')}; ${names.length} known)`,
  );
}

/**
 * Finds the taps that a user asks for by name, glob (`block_*_add`; `*` stays inside one nested model, `**` does not),
 * kind (`merges`) or `all`. A name goes before a kind. In the model's order, each once.
 *
 * @throws UserError for whatever finds nothing, with the nearest names.
 */
export function resolveTaps(selection: readonly string[], taps: readonly Tap[]): readonly Tap[] {
  if (selection.length === 0)
    throw new UserError('no taps were asked for (names, globs, kinds such as merges, or all)');
  const chosen = new Set(selection.flatMap((wanted) => matched(wanted, taps)));
  return taps.filter((tap) => chosen.has(tap));
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
