/**
 * The l2 values that are tried where none are given: decades from 1 down to about 1 / n, where the penalty weighs as much
 * as a sample, and further decades at an end for as long as they lower a label set's loss on valid.
 */
import type { TrainedProbe } from './train-softmax.js';

/** No decade beyond these is tried. */
const BOUNDS = { least: 1e-8, most: 1e3 };

/** A loss is lower when it is by this part: less is far below what another draw of the samples would change. */
const NOTABLE = 1e-3;

/** Decades from 1 down to about one over the train rows; three at least. Falling. */
export function startingGrid(rows: number): number[] {
  const decades = Math.max(3, Math.floor(Math.log10(rows)));
  return Array.from({ length: decades + 1 }, (_, at) => Number(`1e-${at}`));
}

/** What {@link trainGrowing} trains with, and judges by. */
export interface GrowingWork {
  /** Whether each label set is a control. */
  readonly controls: readonly boolean[];
  /** Falling. */
  readonly l2: readonly number[];
  /** Trains all label sets at some falling l2 values, from the probes given where there are some. */
  train(l2: readonly number[], starts?: readonly TrainedProbe[]): Promise<TrainedProbe[][]>;
  /** The loss on valid of one probe of each label set. */
  validLosses(probes: readonly TrainedProbe[]): Promise<number[]>;
}

/**
 * Trains label sets on a grid that grows by a decade at an end where the loss on valid is the lowest and still falls
 * notably. Controls, whose labels mean nothing, have no say. All label sets share the grid, so a decade where one of them
 * does not converge is left out, and none beyond it is tried.
 *
 * @returns for each label set its probes, l2 falling.
 */
export async function trainGrowing(work: GrowingWork): Promise<TrainedProbe[][]> {
  let trained = await work.train(work.l2);
  const losses = await lossesOf(work, trained);
  const open = new Set<End>(['smaller', 'larger']);
  const edgesAt = (end: End) => trained.map((probes) => (end === 'smaller' ? probes.at(-1)! : probes[0]!));
  for (const end of open) if (!edgesAt(end).every(({ converged }) => converged)) open.delete(end);
  for (;;) {
    const ends = [...open].filter((end) => wanted(work, losses, trained[0]!, end));
    if (ends.length === 0) return trained;
    for (const end of ends) {
      const edges = edgesAt(end);
      const added = await work.train([decadeBeyond(edges[0]!.l2, end)], edges);
      if (!added.every(([probe]) => probe!.converged)) {
        open.delete(end);
        continue;
      }
      const own = await work.validLosses(added.map(([probe]) => probe!));
      trained = trained.map((probes, at) => joined(probes, added[at]!, end));
      for (const [at, loss] of own.entries()) losses[at] = joined(losses[at]!, [loss], end);
    }
  }
}

async function lossesOf(work: GrowingWork, trained: readonly TrainedProbe[][]): Promise<number[][]> {
  const losses: number[][] = trained.map(() => []);
  for (const place of trained[0]!.keys()) {
    const own = await work.validLosses(trained.map((probes) => probes[place]!));
    for (const [at, loss] of own.entries()) losses[at]!.push(loss);
  }
  return losses;
}

type End = 'smaller' | 'larger';

function joined<Item>(items: readonly Item[], added: readonly Item[], end: End): Item[] {
  return end === 'smaller' ? [...items, ...added] : [...added, ...items];
}

/** Exact decades: repeated division would give 1.0000000000000002e-6. */
function decadeBeyond(l2: number, end: End): number {
  return Number(`1e${Math.round(Math.log10(l2)) + (end === 'smaller' ? -1 : 1)}`);
}

function wanted(
  { controls }: GrowingWork,
  losses: readonly (readonly number[])[],
  probes: readonly TrainedProbe[],
  end: End,
): boolean {
  const next = decadeBeyond((end === 'smaller' ? probes.at(-1)! : probes[0]!).l2, end);
  if (next < BOUNDS.least || next > BOUNDS.most) return false;
  return losses.some((own, at) => !controls[at] && stillFalls(own, end));
}

function stillFalls(losses: readonly number[], end: End): boolean {
  const inwards = end === 'smaller' ? losses.toReversed() : losses;
  const [edge, neighbour] = [inwards[0]!, inwards[1]!];
  return edge <= Math.min(...losses) && fallsNotably(neighbour, edge);
}

/** Whether a loss (or an error) is lower than another by more than another draw of the samples would change. */
export function fallsNotably(from: number, to: number): boolean {
  return to < from * (1 - NOTABLE);
}
