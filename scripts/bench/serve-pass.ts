/**
 * A forward pass in Node, kept warm, driven by JSON lines as peers/serve.py is:
 *
 *     node --import tsx scripts/bench/serve-pass.ts strata|strata-bf16|onnx|tfjs NETWORK
 */
import { createInterface } from 'node:readline';
import { timed } from './alternate.js';
import {
  BATCH,
  NETWORKS,
  type Network,
  onnxPass,
  type ResidentPass,
  SAVED_NETWORK,
  strataPass,
  tfjsPass,
} from './strata-forward.js';

const KINDS: Readonly<Record<string, (network: Network) => Promise<ResidentPass>>> = {
  strata: (network) => strataPass(network, 'float32'),
  'strata-bf16': (network) => strataPass(network, 'bfloat16'),
  onnx: onnxPass,
  tfjs: tfjsPass,
};

function say(answer: object): void {
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}

const [kind = '', name = ''] = process.argv.slice(2);
const network = [...NETWORKS, SAVED_NETWORK].find((one) => one.name === name);
const open = KINDS[kind];
if (network === undefined || open === undefined) throw new Error(`unknown pass or network: ${kind} ${name}`);
const pass = await open(network);
await pass();
await pass();
say({ ready: true, version: process.versions.node });
for await (const line of createInterface({ input: process.stdin })) {
  const { run } = JSON.parse(line) as { run: number };
  const seconds = await timed(async () => {
    for (let done = 0; done < run; done++) await pass();
  });
  say({ seconds, images: run * BATCH });
}
