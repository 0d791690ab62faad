import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { contentKey } from '../setup/content-key.js';
import { ENVIRONMENTS, makeVirtualEnvironment, pythonOf } from '../setup/virtual-environment.js';
import { Peer } from './peer.js';
import { once, PEER_SOURCES } from './peer-environment.js';
import { PEER_DATA } from './peers.js';
import { SAVED_NETWORK } from './strata-forward.js';

const PYTHON = pythonOf(ENVIRONMENTS.tensorflow);
const FOLDER = join(PEER_DATA.models, SAVED_NETWORK.name);

/** Makes TensorFlow's Python environment, the SavedModel and the re-encoded images; returns why not, when it cannot. */
export async function makeSavedModelPeer(): Promise<string | undefined> {
  const { images224, images500, models } = PEER_DATA;
  if (!existsSync(images224)) return `no ${images224}`;
  const problem = await makeVirtualEnvironment(ENVIRONMENTS.tensorflow);
  if (problem !== undefined) return problem;
  await mkdir(models, { recursive: true });
  const [maker, encoder] = ['make_saved_model.py', 'reencode.py'].map((name) => join(PEER_SOURCES, name)) as [
    string,
    string,
  ];
  const { folder } = ENVIRONMENTS.tensorflow;
  return (
    (await once('network', contentKey([maker]), [[PYTHON, [maker, FOLDER]]], folder)) ??
    (await once('images', contentKey([encoder]), [[PYTHON, [encoder, images224, images500]]], folder))
  );
}

/** Starts TensorFlow's own forward pass of the SavedModel, in Python. */
export function startTensorFlow(): Promise<Peer> {
  return Peer.start(PYTHON, [join(PEER_SOURCES, 'serve_saved_model.py'), FOLDER]);
}
