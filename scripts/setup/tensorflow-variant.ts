import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../src/errors.js';

/** What STRATA_TENSORFLOW may say; `none` keeps to WebAssembly. */
export const VARIANTS = ['cpu', 'gpu', 'none'] as const;

/** One of {@link VARIANTS}. */
export type Variant = (typeof VARIANTS)[number];

/** The variants that install something. */
export type LibraryVariant = Exclude<Variant, 'none'>;

/**
 * Reads the choice out of the environment: `cpu` when nothing is said.
 *
 * @throws UserError for any other word.
 */
export function chooseVariant(environment: Readonly<Record<string, string | undefined>>): Variant {
  const asked = environment.STRATA_TENSORFLOW;
  if (asked === undefined || asked === '') return 'cpu';
  const known = VARIANTS.find((variant) => variant === asked);
  if (known !== undefined) return known;
  throw new UserError(`STRATA_TENSORFLOW is not a known variant: ${asked} (known: ${VARIANTS.join(', ')})`);
}

/** The pinned wheels of a variant, as pip reads them: names, versions, sha256. */
export function wheelList(variant: LibraryVariant): string {
  return join(import.meta.dirname, `tensorflow-${variant}.txt`);
}

/** The TensorFlow version in a list of pinned wheels. */
export function pinnedVersion(list: string): string {
  const version = /^tensorflow[a-z-]*==([\d.]+)/m.exec(readFileSync(list, 'utf8'))?.[1];
  if (version === undefined) throw new Error(`no TensorFlow version in ${list}`);
  return version;
}

const MACHINES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' };
const MANYLINUX = ['manylinux_2_27', 'manylinux_2_17', 'manylinux2014', 'manylinux_2_12', 'manylinux2010'];

/** The wheel platforms a machine can use, best first; none where TensorFlow has no wheel that strata can use. */
export function wheelPlatforms(variant: LibraryVariant, os: string, architecture: string): readonly string[] {
  const machine = os === 'linux' ? MACHINES[architecture] : undefined;
  if (machine === undefined || (variant === 'gpu' && architecture !== 'x64')) return [];
  return MANYLINUX.map((tag) => `${tag}_${machine}`);
}
