// A frozen network is a function of one image. Some are not: they draw random numbers, normalise over the batch, or remember
// the batch before. A tap says so where anything that it is computed from does.
import { UserError } from '../errors.js';
import type { ModelFacts, Tap } from './model.js';

/** What a tap's numbers depend on besides the image and the weights. */
export const OTHER_SOURCES = {
  random: 'on random numbers',
  earlier: 'on the images of earlier batches',
  batch: 'on the other images of its batch',
  scale: 'on the other images of its batch, by the scale that numbers are rounded with',
} as const;

/** One of {@link OTHER_SOURCES}, and the op or layer that brings it in. */
export interface OtherSource {
  readonly kind: keyof typeof OTHER_SOURCES;
  readonly place: string;
}

/** The worse of two: rounding is the least. */
function worse(a: OtherSource | undefined, b: OtherSource | undefined): OtherSource | undefined {
  const ranks = Object.keys(OTHER_SOURCES);
  if (a === undefined || b === undefined) return a ?? b;
  return ranks.indexOf(b.kind) < ranks.indexOf(a.kind) ? b : a;
}

/** What {@link otherSources} looks at. */
export interface SourcesRequest<Node> {
  /** Every node after those it reads. */
  readonly nodes: readonly Node[];
  readsOf(node: Node): readonly Node[];
  /** What a node brings in itself. */
  own(node: Node): OtherSource | undefined;
}

/** What nodes depend on besides the image, by themselves or through what they read. */
export function otherSources<Node>({
  nodes,
  readsOf,
  own,
}: SourcesRequest<Node>): ReadonlyMap<Node, OtherSource> {
  const found = new Map<Node, OtherSource>();
  for (const node of nodes) {
    const source = readsOf(node).reduce((worst, read) => worse(worst, found.get(read)), own(node));
    if (source !== undefined) found.set(node, source);
  }
  return found;
}

/** The field of a tap that says it. */
export function dependence(source: OtherSource | undefined): Pick<Tap, 'alsoDepends'> {
  return source === undefined ? {} : { alsoDepends: source };
}

function isAlone(batch: number, { kind }: OtherSource): boolean {
  return batch === 1 && (kind === 'batch' || kind === 'scale');
}

/**
 * Refuses taps that depend on more than the image. In a batch of one there are no other images.
 *
 * @throws UserError naming the first such tap, and the op that is the reason.
 */
export function requireImageAlone(taps: readonly Tap[], batch: number): void {
  for (const { name, alsoDepends } of taps) {
    if (alsoDepends === undefined || alsoDepends.kind === 'scale' || isAlone(batch, alsoDepends)) continue;
    const { kind, place } = alsoDepends;
    const remedy = kind === 'batch' ? 'use --batch 1' : 'choose taps before it';
    throw new UserError(
      `tap depends ${OTHER_SOURCES[kind]}: ${name}, since ${place} (${remedy}, or export the model without it)`,
    );
  }
}

/** Why a classifier's predictions are not its image's own; undefined where they are, or there is none. */
export function classifierProblem({ classifier, taps }: ModelFacts, batch: number): string | undefined {
  const tap = taps.find(({ name }) => name === classifier?.tap);
  const source = classifier?.alsoDepends ?? tap?.alsoDepends;
  if (source === undefined || source.kind === 'scale' || isAlone(batch, source)) return undefined;
  return `it depends ${OTHER_SOURCES[source.kind]}, since ${source.place}`;
}

/** One line for taps whose numbers are rounded by the scale of their batch; undefined where none are. */
export function roundingWarning(taps: readonly Tap[], batch: number): string | undefined {
  const rounded = taps.filter(
    ({ alsoDepends }) => alsoDepends?.kind === 'scale' && !isAlone(batch, alsoDepends),
  );
  const [first] = rounded;
  if (first?.alsoDepends === undefined) return undefined;
  const more = rounded.length === 1 ? '' : ` and ${rounded.length - 1} more taps`;
  return `${first.name}${more} depend a little ${OTHER_SOURCES.scale}, since ${first.alsoDepends.place} (--batch 1 avoids that)`;
}

/**
 * Refuses a network of which nothing but the image itself is the same twice.
 *
 * @param path - where the model lies.
 * @throws UserError naming the op that draws random numbers.
 */
export function requireSomeTap(taps: readonly Tap[], path: string): void {
  const computed = taps.filter(({ kind }) => kind !== 'input');
  const [first] = computed;
  if (first === undefined || !computed.every(({ alsoDepends }) => alsoDepends?.kind === 'random')) return;
  throw new UserError(
    `model draws random numbers: ${first.alsoDepends!.place} (${path}; export a model without it)`,
  );
}
