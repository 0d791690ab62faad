import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { contentKey } from '../setup/content-key.js';
import { Peer } from './peer.js';
import { makeEnvironment, once, PEER_PYTHON, PEER_SOURCES } from './peer-environment.js';

/** The networks and images that every peer gets, made by the peers' own scripts. */
export const PEER_DATA = {
  models: join('.setup', 'bench-models'),
  images224: '../shared/data/imagenette',
  images500: join('.setup', 'bench-images-500'),
  mobilenet: '../shared/models/mobilenet-v2',
} as const;

/** Makes the peers' Python environment, their networks and the re-encoded images; returns why not, when it cannot. */
export async function makePeers(): Promise<string | undefined> {
  const { images224, images500, mobilenet, models } = PEER_DATA;
  const missing = [images224, mobilenet].find((path) => !existsSync(path));
  if (missing !== undefined) return `no ${missing}`;
  const source = (name: string) => join(PEER_SOURCES, name);
  const scripts = ['make_models.py', 'resnet50.py', 'calibrate.py', 'tfjs_layers.py', 'onnx_network.py'];
  const [networks, images] = [contentKey(scripts.map(source)), contentKey([source('reencode.py')])];
  return (
    (await makeEnvironment()) ??
    (await once('networks', networks, [[PEER_PYTHON, [source('make_models.py'), models, mobilenet]]])) ??
    (await once('images', images, [[PEER_PYTHON, [source('reencode.py'), images224, images500]]]))
  );
}

/** Starts a peer that runs networks. `kind` and `options` are those of serve.py. */
export function startPeer(kind: string, options: readonly string[]): Promise<Peer> {
  return Peer.start(PEER_PYTHON, [
    ...[join(PEER_SOURCES, 'serve.py'), kind, '--models', PEER_DATA.models],
    ...options,
  ]);
}

/** Starts a forward pass in Node, strata's or tfjs's, in a process of its own. `kind` is one of serve-pass.ts. */
export function startPass(kind: string, network: string): Promise<Peer> {
  return Peer.startNode('scripts/bench/serve-pass.ts', [kind, network]);
}
