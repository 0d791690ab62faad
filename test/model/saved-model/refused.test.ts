import { readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadBackend } from '../../../src/backend/backend.js';
import { UserError } from '../../../src/errors.js';
import { openModel } from '../../../src/model/open-model.js';
import { writeModel } from '../save-model.js';
import { tinyGraph } from '../tiny-graph.js';
import { copyOfSavedModel, savedModelFolder } from './saved-models.js';

beforeAll(async () => {
  await loadBackend('tensorflow');
});

const DATA = join('variables', 'variables.data-00000-of-00001');

describe('a SavedModel is refused in one line', () => {
  test.each([
    ['loop', /^model has control flow: StatelessWhile at .*while \(.*; export a model without it\)$/],
    ['random', /^model draws random numbers: RandomUniform at /],
    ['text', /^model input is not an image of numbers: image is string \(expected float32 or uint8\)$/],
    ['two_inputs', /^model needs one image as its input, and has 2: image, other \(--signature NAME /],
    ['serving', /^signature not found: serving \(nearest: logits, /],
  ])('for the signature %s', async (signature, message) => {
    await expect(openModel(savedModelFolder('module'), { signature })).rejects.toThrow(message);
  });

  test('for a branch that the image decides', async () => {
    await expect(openModel(savedModelFolder('branches'), { signature: 'image_decides' })).rejects.toThrow(
      /^model has control flow: (Stateless)?If at .*cond \(.*; export a model without it\)$/,
    );
  });

  test('for an op that TensorFlow does not have', async () => {
    const folder = copyOfSavedModel('module');
    const file = join(folder, 'saved_model.pb');
    const text = readFileSync(file, 'latin1').replaceAll('Conv2D', 'Conv9D');
    writeFileSync(file, text, 'latin1');
    await expect(openModel(folder, {})).rejects.toThrow(
      /^model cannot be run: Conv9D at [^\n]*conv: [^\n]*$/,
    );
  });

  test('that names no default among several signatures', async () => {
    const folder = copyOfSavedModel('module');
    const file = join(folder, 'saved_model.pb');
    const text = readFileSync(file, 'latin1').replaceAll('serving_default', 'serving_another');
    writeFileSync(file, text, 'latin1');
    await expect(openModel(folder, {})).rejects.toThrow(/^model has several signatures: .*serving_another/);
  });

  test.each([
    [
      'cut short',
      (file: string) => truncateSync(file, 40_000),
      /^model is damaged: .*saved_model\.pb \(it ends inside a/,
    ],
    [
      'of zeros',
      (file: string) => writeFileSync(file, new Uint8Array(100)),
      /^model has no graph with the tag serve/,
    ],
    [
      'empty',
      (file: string) => writeFileSync(file, ''),
      /^model has no graph with the tag serve: .* \(it has none\)$/,
    ],
  ])('whose saved_model.pb is %s', async (_, damage, message) => {
    const folder = copyOfSavedModel('module');
    damage(join(folder, 'saved_model.pb'));
    await expect(openModel(folder, {})).rejects.toThrow(message);
  });

  test('wherever its saved_model.pb is cut, and a flipped byte never ends in anything but a line', async () => {
    const whole = readFileSync(join(savedModelFolder('version-1'), 'saved_model.pb'));
    const folder = copyOfSavedModel('version-1');
    const file = join(folder, 'saved_model.pb');
    for (let at = 1; at < whole.length; at += 211) {
      writeFileSync(file, whole.subarray(0, at));
      await expect(openModel(folder, {}), `cut at ${at}`).rejects.toThrow(UserError);
      const flipped = Buffer.from(whole);
      flipped[at]! ^= 0xff;
      writeFileSync(file, flipped);
      const model = await openModel(folder, {}).catch((error: unknown) => error);
      if (model instanceof Error) expect(model, `flipped at ${at}: ${model.stack}`).toBeInstanceOf(UserError);
      else (model as { dispose(): void }).dispose();
    }
  });

  test.each([
    [
      'index is missing',
      (folder: string) => rmSync(join(folder, 'variables', 'variables.index')),
      /^model variables not found: .*variables\.index$/,
    ],
    [
      'data are missing',
      (folder: string) => rmSync(join(folder, DATA)),
      /^model variables cannot be read: .*No such file/,
    ],
    [
      'data are cut short',
      (folder: string) => truncateSync(join(folder, DATA), 500),
      /^model variables cannot be read: /,
    ],
    ['data have a flipped bit', flipped, /^model variables cannot be read: .*Checksum does not match/],
  ])('whose variables: %s', async (_, damage, message) => {
    const before = tf.memory().numTensors;
    const folder = copyOfSavedModel('module');
    damage(folder);
    await expect(openModel(folder, {})).rejects.toThrow(message);
    expect(tf.memory().numTensors).toBe(before);
  });

  test('as is a signature of a model that has none', async () => {
    await expect(openModel(writeModel(tinyGraph()), { signature: 'logits' })).rejects.toThrow(
      /^model has no signatures to choose from: .* \(--signature is for SavedModels\)$/,
    );
  });
});

describe('where TensorFlow is not in use', () => {
  beforeAll(async () => {
    await loadBackend('wasm');
  });
  afterAll(async () => {
    await loadBackend('tensorflow');
  });

  test('a SavedModel says so', async () => {
    await expect(openModel(savedModelFolder('module'), {})).rejects.toThrow(
      /^a SavedModel needs TensorFlow, which is not in use: .*module \(`strata doctor` says why/,
    );
  });
});

function flipped(folder: string): void {
  const file = join(folder, DATA);
  const bytes = readFileSync(file);
  bytes[40]! ^= 1;
  writeFileSync(file, bytes);
}
