import { join } from 'node:path';
import { alternate } from './alternate.js';
import { extractPooled, stagesOf } from './files.js';
import type { Peer } from './peer.js';
import { PEER_DATA, startPass } from './peers.js';
import type { Extracted } from './run-strata.js';
import { makeSavedModelPeer, startTensorFlow } from './saved-model-peer.js';
import { digits, type Section, skipped } from './section.js';
import { BATCH, SAVED_NETWORK } from './strata-forward.js';

const TITLE = "SavedModel: Keras's ResNet-50, 17 pooled taps";

/** Images of each of two splits: 6 batches in each, so that none is padded. */
const LIMIT = 192;

/** strata's pass beside TensorFlow's own, both warm, in turn. */
async function forwardRows(ours: Peer, theirs: Peer): Promise<string[][]> {
  const { batches } = SAVED_NETWORK;
  const images = batches * BATCH;
  const seconds = await alternate(
    {
      strata: () => ours.seconds({ run: batches }, images),
      tensorflow: () => theirs.seconds({ run: batches }, images),
    },
    5,
  );
  const ratio = digits(seconds.tensorflow / seconds.strata);
  return [
    ["TensorFlow in Python, the signature's predictions alone", digits(images / seconds.tensorflow), ''],
    ['strata, compiled, 17 pooled taps and predictions', digits(images / seconds.strata), ratio],
  ];
}

/** A whole extraction beside the bare pass. */
async function filesRow(bare: Peer, cache: string, images: string, size: string) {
  const runs: Extracted[] = [];
  const total = 2 * LIMIT;
  const seconds = await alternate({
    bare: () => bare.seconds({ run: total / BATCH }, total),
    strata: async () => {
      const run = await extractPooled(SAVED_NETWORK, { images, limit: LIMIT, cache });
      runs.push(run);
      return run.seconds;
    },
  });
  const note = `${size}: bare pass ${digits(total / seconds.bare)} images/s; seconds by stage: ${stagesOf(runs)}.`;
  const row = [
    `strata, files of ${size} to shards`,
    digits(total / seconds.strata),
    digits(seconds.bare / seconds.strata),
  ];
  return { row, note };
}

/** A SavedModel through strata and through TensorFlow itself, and the whole job beside the bare pass. */
export async function benchSavedModel(folder: string): Promise<Section> {
  const problem = await makeSavedModelPeer();
  if (problem !== undefined) return skipped(TITLE, problem);
  const theirs = await startTensorFlow();
  const ours = await startPass('strata', SAVED_NETWORK.name);
  try {
    const forward = await forwardRows(ours, theirs);
    const cache = join(folder, 'cache');
    const small = await filesRow(ours, cache, PEER_DATA.images224, '224 x 224');
    const large = await filesRow(ours, cache, PEER_DATA.images500, '500 x 375');
    return {
      title: TITLE,
      header: ['', 'images/s', 'ratio'],
      rows: [...forward, small.row, large.row],
      notes: [
        `Random weights, written by keras.applications and model.export; batches of ${BATCH}. A process and two threads each.`,
        `TensorFlow ${theirs.version}: tf.saved_model.load, the default signature in a loop on preprocessed float32 in memory. strata takes`,
        'uint8 pixels and preprocesses them in the graph. Ratios: of the first two rows, speed over TensorFlow; of files to',
        'shards, the part that is kept of the bare pass, without start-up.',
        small.note,
        large.note,
      ],
    };
  } finally {
    theirs.stop();
    ours.stop();
  }
}
