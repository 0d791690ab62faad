import { join } from 'node:path';
import { alternate } from './alternate.js';
import { extractPooled } from './files.js';
import { makePeers, PEER_DATA, startPass, startPeer } from './peers.js';
import { digits, type Section, skipped } from './section.js';
import { BATCH, NETWORKS, type Network } from './strata-forward.js';

const TITLE = 'ONNX: ResNet-50 with 17 pooled taps, beside ONNX Runtime alone';
const [RESNET] = NETWORKS as [Network];
/** Images of each of two splits: 15 full batches. Opening the session is a part of the first, as in a run of any length. */
const LIMIT = 480;

async function measure(folder: string) {
  const { name, batches } = RESNET;
  const images = batches * BATCH;
  const file: Network = { ...RESNET, name: `${name}.onnx` };
  const run = { images: PEER_DATA.images224, limit: LIMIT };
  const bare = await startPeer('ort', ['--model', name]);
  const tapped = await startPeer('ort-taps', ['--model', name]);
  const pass = await startPass('onnx', name);
  try {
    const seconds = await alternate(
      {
        bare: () => bare.seconds({ run: batches }, images),
        tapped: () => tapped.seconds({ run: batches }, images),
        strata: () => pass.seconds({ run: batches }, images),
        files: async () => (await extractPooled(file, { ...run, cache: join(folder, 'cache') })).seconds,
      },
      5,
    );
    const speeds = {
      bare: images / seconds.bare,
      tapped: images / seconds.tapped,
      strata: images / seconds.strata,
      files: (2 * LIMIT) / seconds.files,
    };
    return { speeds, version: bare.version };
  } finally {
    for (const peer of [bare, tapped, pass]) peer.stop();
  }
}

/** An ONNX network under strata, in memory and from files to shards, beside onnxruntime's plain forward pass. */
export async function benchOnnx(folder: string): Promise<Section> {
  const problem = await makePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const { speeds, version } = await measure(folder);
  const { bare, strata } = speeds;
  const row = (name: string, speed: number) => [
    name,
    digits(speed),
    digits(speed / bare),
    digits(speed / strata),
  ];
  return {
    title: TITLE,
    header: ['', 'images/s', 'of ONNX Runtime, plain', "of strata's own forward"],
    rows: [
      row('ONNX Runtime, plain', bare),
      row('ONNX Runtime, pooled taps as outputs', speeds.tapped),
      row('strata, 17 pooled taps', strata),
      row('strata, files of 224 x 224 to committed shards', speeds.files),
    ],
    notes: [
      `A process and two threads each, batches of ${BATCH}. ONNX Runtime ${version} in Python is given preprocessed float32;`,
      'strata takes uint8 pixels, preprocesses them in the graph, and gives the predictions as well. Start-up is left out.',
    ],
  };
}
