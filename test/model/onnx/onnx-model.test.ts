import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { onnxModel } from '../../../src/model/onnx/onnx-model.js';
import { nodeMessage } from '../../../src/model/onnx/write.js';
import { SIDE, saveTiny, type TinyOptions, tinyOnnx } from './tiny-onnx.js';

let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'strata-onnx-'));
});

afterAll(() => rm(folder, { recursive: true }));

async function opened(name: string, options: TinyOptions) {
  return await onnxModel(await saveTiny(folder, `${name}.onnx`, options), undefined);
}

/** What is said of a model that is refused. */
async function refusal(path: string): Promise<string> {
  const error = await onnxModel(path, undefined).catch((problem: Error) => problem);
  expect(error).toMatchObject({ name: 'UserError' });
  const { message } = error as Error;
  expect(message).not.toContain('\n');
  return message;
}

describe('onnxModel', () => {
  it('knows depth and inputs of its taps', async () => {
    const { taps } = await opened('plain', {});
    const add = taps.find(({ name }) => name === 'block.Add');
    expect(add).toMatchObject({ kind: 'merge', op: 'Add', depth: 6, shape: [SIDE, SIDE, 32] });
    expect(add?.inputs).toEqual(['block.bn', 'stem.2']);
  });

  it('takes images with channels last, and maps behind a Transpose have theirs last too', async () => {
    const { input, image, taps } = await opened('last', { layout: 'channels last' });
    expect(input).toMatchObject({ height: SIDE, width: SIDE, channels: 3 });
    expect(image.layout).toBe('channels last');
    expect(taps.find(({ name }) => name === 'block.Add')?.shape).toEqual([SIDE, SIDE, 32]);
  });

  it('states a fixed batch, and none where the axis is open', async () => {
    expect((await opened('fixed', { batch: 4 })).batch).toBe(4);
    expect((await opened('open', {})).batch).toBeUndefined();
  });

  it('is the same model with its weights in the file or beside it, and another with other weights', async () => {
    const { identity } = await opened('inside', {});
    expect((await opened('beside', { weights: 'beside.bin' })).identity).toEqual(identity);
    const { identity: other } = await opened('other', { factor: 1.5 });
    expect(other.topologySha256).toBe(identity.topologySha256);
    expect(other.weightsSha256).not.toBe(identity.weightsSha256);
  });

  it('refuses a file that is cut short, none at all, or no protobuf', async () => {
    const bytes = tinyOnnx();
    const path = join(folder, 'damaged.onnx');
    for (const length of [0, 1, 300, 20_000, bytes.length - 1]) {
      await writeFile(path, bytes.subarray(0, length));
      expect(await refusal(path)).toMatch(/damaged\.onnx/);
    }
    await writeFile(path, '<html>not found</html>\n');
    expect(await refusal(path)).toMatch(/^model is not (a whole|an) ONNX file: .*damaged\.onnx/);
    expect(await refusal(join(folder, 'nowhere.onnx'))).toBe(
      `model not found: ${join(folder, 'nowhere.onnx')}`,
    );
  });

  it('refuses operators that onnxruntime does not have', async () => {
    const node = (op: string, domain: string) => [
      nodeMessage({ op, domain, inputs: ['pool_out'], outputs: ['logits'] }),
    ];
    const named = await saveTiny(folder, 'op.onnx', { head: node('Frobnicate', '') });
    expect(await refusal(named)).toMatch(/^model cannot be loaded: .*op\.onnx \(.*Frobnicate/);
    const custom = await saveTiny(folder, 'domain.onnx', { head: node('Warp', 'com.example') });
    expect(await refusal(custom)).toMatch(/^model cannot be loaded: .*domain\.onnx \(.*com\.example/);
    const opset = await saveTiny(folder, 'opset.onnx', { opset: 99 });
    expect(await refusal(opset)).toMatch(
      /^model cannot be loaded: .*opset\.onnx \(opset 99 is newer than this onnxruntime, which knows \d+: /,
    );
  });

  it('refuses weight files that are missing or too short', async () => {
    const path = await saveTiny(folder, 'external.onnx', { weights: 'external.bin' });
    const weights = join(folder, 'external.bin');
    await truncate(weights, 5000);
    expect(await refusal(path)).toMatch(
      /^weight file is too short: .*external\.bin has 5000 bytes, and block\/conv\.w ends at 40320/,
    );
    await rm(weights);
    expect(await refusal(path)).toBe(`weight file not found: ${weights} (the weights of stem/stem.0.w)`);
  });
});
