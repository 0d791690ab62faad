import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { ProductChoice } from '../../../src/backend/softmax.js';
import { contentKey } from '../../setup/content-key.js';
import { tellingLine, tryCommand } from '../../setup/run-command.js';
import { Peer } from '../peer.js';
import { installed, makeEnvironment, once, PEER_PYTHON, PEER_SOURCES } from '../peer-environment.js';

/** Where MNIST is expected. */
export const MNIST = '../shared/data/mnist';

/** Where the problems of this benchmark are made, once. */
export const PROBE_PROBLEMS = join('.setup', 'probe-problems');

/** The path of a script of the probe peers. */
export const peerScript = (name: string) => join(PEER_SOURCES, name);

/** Makes the peers' Python environment with what the probe peers need; returns why not, when it cannot. */
export async function makeProbePeers(): Promise<string | undefined> {
  if (!existsSync(MNIST)) return `no ${MNIST}`;
  const requirements = peerScript('probe_requirements.txt');
  return (
    (await makeEnvironment()) ??
    (await once('probe-environment', contentKey([requirements]), [installed(requirements)]))
  );
}

/** Runs one of the probe peers' scripts to its end and returns what it printed. @throws Error with its last line. */
export async function runPeerScript(name: string, args: readonly string[]): Promise<string> {
  const { code, output } = await tryCommand(PEER_PYTHON, [peerScript(name), ...args]);
  if (code !== 0) throw new Error(`${name}: ${tellingLine(output)}`);
  return output;
}

/** A problem in a folder of arrays, as probe_data.py reads it, with one of its label sets. */
export interface PeerProblem {
  readonly folder: string;
  readonly labels: string;
}

/** Starts one of the kinds of probe_serve.py on a problem. */
export function startProbePeer(kind: string, { folder, labels }: PeerProblem): Promise<Peer> {
  return Peer.start(PEER_PYTHON, [peerScript('probe_serve.py'), kind, folder, labels]);
}

/** A column of a cache with one of its label sets, or several. */
export interface StrataProblem {
  readonly cache: string;
  readonly tap: string;
  readonly labels: string;
}

/** Starts strata's trainer on a column, in a process of its own: serve-probe.ts. */
export function startStrata(
  { cache, tap, labels }: StrataProblem,
  products: ProductChoice = 'auto',
): Promise<Peer> {
  return Peer.startNode('scripts/bench/probe/serve-probe.ts', [cache, tap, labels, products]);
}
