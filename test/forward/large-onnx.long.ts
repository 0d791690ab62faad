import { mkdtemp, open, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ElementType } from '../../src/model/onnx/messages.js';
import { externalTensorMessage, nodeMessage } from '../../src/model/onnx/write.js';
import { saveTiny } from '../model/onnx/tiny-onnx.js';
import { BATCH, openedPass } from './onnx-passes.js';

const CHANNELS = 32;
/** A layer of two, whose second one alone has more bytes than a protobuf file may have. */
const [HIDDEN, OUTPUTS] = [2 ** 17, 4224];
const FILE = 'large.bin';
const BYTES = 4;

let folder = '';
let path = '';

/** Where the ones of the first layer's (channels, hidden) weights are: channel c goes to a place of its own, from the last one on. */
const hiddenOf = (channel: number) => HIDDEN - 1 - channel * 4000;
/** And those of the second layer's (hidden, outputs). */
const outputOf = (channel: number) => channel * 130 + 7;

/** Weights of ones and zeros in a file with holes, which takes few kilobytes of the disk. */
async function writeWeights(): Promise<void> {
  const file = await open(join(folder, FILE), 'w');
  const one = Buffer.from(Float32Array.of(1).buffer);
  const second = CHANNELS * HIDDEN * BYTES;
  await file.truncate(second + HIDDEN * OUTPUTS * BYTES);
  for (let channel = 0; channel < CHANNELS; channel++) {
    const [hidden, output] = [hiddenOf(channel), outputOf(channel)];
    await file.write(one, 0, BYTES, (channel * HIDDEN + hidden) * BYTES);
    await file.write(one, 0, BYTES, second + (hidden * OUTPUTS + output) * BYTES);
  }
  await file.close();
}

function weights(name: string, dims: readonly [number, number], offset: number): Uint8Array {
  const place = { location: FILE, offset, length: dims[0] * dims[1] * BYTES };
  return externalTensorMessage({ name, dtype: ElementType.float32, dims }, place);
}

const dense = (name: string, inputs: string[], output: string) =>
  nodeMessage({ op: 'Gemm', name: `/${name}/Gemm`, inputs, outputs: [output] });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-large-'));
  await writeWeights();
  path = await saveTiny(folder, 'large.onnx', {
    head: [
      nodeMessage({ op: 'Flatten', name: '/flat/Flatten', inputs: ['pool_out'], outputs: ['flat_out'] }),
      dense('first', ['flat_out', 'first.w'], 'first_out'),
      dense('second', ['first_out', 'second.w'], 'second_out'),
      dense('fc', ['flat_out', 'fc.w'], 'logits'),
    ],
    headWeights: [
      weights('first.w', [CHANNELS, HIDDEN], 0),
      weights('second.w', [HIDDEN, OUTPUTS], CHANNELS * HIDDEN * BYTES),
    ],
  });
});

afterAll(() => rm(folder, { recursive: true }));

describe('an ONNX model of more than 2 GB', () => {
  it('is computed with all of its weights', { timeout: 600_000 }, async () => {
    expect((await stat(join(folder, FILE))).size).toBeGreaterThan(2 ** 31);
    const { pass, pixels, wanted } = await openedPass(path, ['flat', 'second'], ['flatten']);
    const { features } = await pass.run(pixels, wanted);
    pass.dispose();
    const [channels, found] = features as [Float32Array, Float32Array];
    const expected = new Float32Array(BATCH * OUTPUTS);
    for (let row = 0; row < BATCH; row++)
      for (let channel = 0; channel < CHANNELS; channel++)
        expected[row * OUTPUTS + outputOf(channel)] = channels[row * CHANNELS + channel]!;
    expect(channels.some((value) => value !== 0)).toBe(true);
    expect(Buffer.from(found.buffer).equals(Buffer.from(expected.buffer))).toBe(true);
  });
});
