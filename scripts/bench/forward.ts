import { hasBfloat16Here } from '../../src/forward/bfloat16.js';
import { alternate, type Variant } from './alternate.js';
import type { Peer } from './peer.js';
import { makePeers, startPass, startPeer } from './peers.js';
import { digits, type Section, skipped } from './section.js';
import { BATCH, NETWORKS, type Network } from './strata-forward.js';

const TITLE = 'Forward pass: batches of 32 in memory, pooled taps out';

/** The peers by serve.py's names, and what they do. */
const PEERS: Readonly<Record<string, string>> = {
  ort: 'ONNX Runtime, plain',
  'ort-taps': 'ONNX Runtime, pooled taps as outputs',
  torch: 'PyTorch, plain',
  'torch-hooks': 'PyTorch, hooks on the taps',
};

interface Measured {
  readonly seconds: Readonly<Record<string, number>>;
  readonly versions: readonly string[];
}

async function measure(network: Network, withBfloat16: boolean): Promise<Measured> {
  const { name, batches } = network;
  const passes = ['strata', ...(withBfloat16 ? ['strata-bf16'] : []), 'tfjs'];
  const kinds = [...Object.keys(PEERS), ...(withBfloat16 ? ['torch-bf16'] : [])];
  const peers = new Map<string, Peer>();
  try {
    for (const kind of passes) peers.set(kind, await startPass(kind, name));
    for (const kind of kinds) peers.set(kind, await startPeer(kind, ['--model', name]));
    const variants: Record<string, Variant> = {};
    for (const [kind, peer] of peers) variants[kind] = () => peer.seconds({ run: batches }, batches * BATCH);
    return {
      seconds: await alternate(variants, 5),
      versions: ['ort', 'torch'].map((kind) => peers.get(kind)?.version ?? ''),
    };
  } finally {
    for (const peer of peers.values()) peer.stop();
  }
}

const NAMES: Readonly<Record<string, string>> = {
  strata: 'strata, compiled, pooled taps',
  'strata-bf16': 'strata, compiled, bfloat16',
  tfjs: 'tfjs, op by op, pooled taps',
  'torch-bf16': 'PyTorch, bfloat16 autocast, plain',
  ...PEERS,
};

function rowsOf({ title, batches }: Network, { seconds }: Measured): string[][] {
  const images = batches * BATCH;
  return Object.entries(seconds).map(([kind, time]) => [
    `${title}: ${NAMES[kind]}`,
    digits(images / time),
    kind === 'strata' ? '1' : digits(time / seconds.strata!),
  ]);
}

/** strata's forward pass beside those of ONNX Runtime, PyTorch and tfjs, all warm, in turn. */
export async function benchForward(): Promise<Section> {
  const problem = await makePeers();
  if (problem !== undefined) return skipped(TITLE, problem);
  const withBfloat16 = await hasBfloat16Here();
  const rows: string[][] = [];
  let versions: readonly string[] = [];
  for (const network of NETWORKS) {
    const measured = await measure(network, withBfloat16);
    versions = measured.versions;
    rows.push(...rowsOf(network, measured));
  }
  return {
    title: TITLE,
    header: ['', 'images/s', "strata's speed over it"],
    rows,
    notes: [
      `A process and two threads each. ONNX Runtime ${versions[0]}, PyTorch ${versions[1]} in the faster of two memory layouts.`,
      'One source of weights, made by scripts/bench/peers/make_models.py. strata takes uint8 pixels and preprocesses them in',
      'the graph; the others are given preprocessed float32. Taps: the input and every merge; predictions come out as well.',
      ...(withBfloat16 ? [] : ['bfloat16 is not measured: this processor has no instructions for it.']),
    ],
  };
}
