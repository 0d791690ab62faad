import { existsSync } from 'node:fs';
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { contentKey } from '../../setup/content-key.js';
import { type PeerProblem, peerScript, runPeerScript } from './probe-peers.js';
import { patience } from './problems.js';

/** The lowest objective that the float64 solver reached, and by how much it may lie above the true one. */
export interface Optimum {
  readonly objective: number;
  readonly gap: number;
}

/** The optimum at each l2 value, by probe_optimum.py: computed once, for so many seconds at most at each,
 * and kept in the problem's folder. */
export async function optima(
  { folder, labels }: PeerProblem,
  { l2, seconds }: { readonly l2: readonly number[]; readonly seconds: number },
): Promise<ReadonlyMap<number, Optimum>> {
  const key = contentKey([peerScript('probe_optimum.py')], labels, l2.join(), String(seconds));
  const path = join(folder, `optimum-${key}.json`);
  if (!existsSync(path)) {
    console.error(`bench: ${labels} of ${folder}: the optimum in float64, at ${l2.length} values of l2`);
    await runPeerScript('probe_optimum.py', [
      ...[folder, labels, l2.join(','), `${path}.tmp`, '--seconds', String(patience(seconds))],
    ]);
    await rename(`${path}.tmp`, path);
  }
  const found = JSON.parse(await readFile(path, 'utf8')) as Record<string, Optimum>;
  return new Map(Object.entries(found).map(([value, optimum]) => [Number(value), optimum]));
}

/** The largest relative error that the optima may have, as the notes of a section say it. */
export function optimaNote(optima: Iterable<Optimum>): string {
  const worst = Math.max(...Array.from(optima, ({ objective, gap }) => gap / objective));
  return `The optimum is scipy's L-BFGS-B in float64, at most ${worst.toExponential(0)} of the loss above the true one by its own gradient.`;
}
