import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { findCheckpoints } from '../../src/model/find-checkpoints.js';
import { temporaryFolder } from './save-model.js';

/** A folder called `net` with a `model.json` in each of some folders; nothing here is opened as a model. */
function network(...folders: readonly string[]): string {
  const root = join(temporaryFolder(), 'net');
  mkdirSync(root);
  for (const folder of folders) {
    mkdirSync(join(root, folder), { recursive: true });
    writeFileSync(join(root, folder, 'model.json'), '{}');
  }
  return root;
}

async function found(...paths: readonly string[]) {
  const named = await findCheckpoints(paths);
  if (named.kind === 'model') return named;
  return {
    network: named.network,
    checkpoints: named.checkpoints.map(({ name, step, modelSeed }) => [name, step, modelSeed]),
  };
}

describe('findCheckpoints', () => {
  it('takes a single model for one, whatever its folder is called', async () => {
    const root = network('step-3');
    for (const path of [join(root, 'step-3'), join(root, 'step-3', 'model.json'), 'pixels', '/nowhere'])
      expect(await found(path)).toEqual({ kind: 'model', path });
  });

  it('finds the checkpoints in a folder by the last number of their names, and passes over other folders', async () => {
    const root = network('step-20', 'step-3', 'v2-step-000100');
    mkdirSync(join(root, 'logs'));
    writeFileSync(join(root, 'notes-7'), '');
    expect(await found(root)).toEqual({
      network: 'net',
      checkpoints: [
        ['net/step-3', 3, null],
        ['net/step-20', 20, null],
        ['net/v2-step-000100', 100, null],
      ],
    });
  });

  it('finds ONNX files in place of folders', async () => {
    const root = network();
    for (const seed of ['seed-1', 'seed-2']) {
      mkdirSync(join(root, seed));
      for (const step of [5, 40]) writeFileSync(join(root, seed, `step-${step}.onnx`), '');
      writeFileSync(join(root, seed, 'step-5.strata.json'), '{}');
    }
    const checkpoints = [1, 2].flatMap((seed) =>
      [5, 40].map((step) => [`net/seed-${seed}/step-${step}`, step, seed]),
    );
    expect(await found(root)).toEqual({ network: 'net', checkpoints });
  });

  it('finds seeds around steps, or alone, by link too', async () => {
    const root = network('seed-2/step-0', 'seed-1/step-5', 'seed-1/step-0');
    const checkpoints = [
      ['net/seed-1/step-0', 0, 1],
      ['net/seed-1/step-5', 5, 1],
      ['net/seed-2/step-0', 0, 2],
    ];
    expect(await found(root)).toEqual({ network: 'net', checkpoints });
    expect(await found(join(root, 'seed-1'), join(root, 'seed-2'))).toEqual({ network: 'net', checkpoints });
    expect(await found(join(root, 'seed-2'))).toMatchObject({
      network: 'net',
      checkpoints: [checkpoints[2]],
    });
    const linked = network();
    symlinkSync(join(root, 'seed-1', 'step-0'), join(linked, 'seed-1'));
    symlinkSync(join(root, 'seed-2', 'step-0'), join(linked, 'seed-2'));
    expect(await found(linked)).toMatchObject({
      checkpoints: [
        ['net/seed-1', null, 1],
        ['net/seed-2', null, 2],
      ],
    });
  });

  it('takes the order of models that are given one by one where their names do not tell them apart', async () => {
    const root = network('resnet50-start', 'resnet50', 'a/step-1', 'b/step-1', 'step-9', 'step-4');
    const at = (name: string) => join(root, name);
    expect(await found(at('resnet50-start'), at('resnet50'))).toEqual({
      network: 'resnet50',
      checkpoints: [
        ['resnet50/resnet50-start', 0, null],
        ['resnet50/resnet50', 1, null],
      ],
    });
    expect(await found(at('b/step-1'), at('a/step-1'))).toMatchObject({
      checkpoints: [
        ['step-1/step-1', 0, null],
        ['step-1/step-1', 1, null],
      ],
    });
    expect(await found(at('step-9'), at('step-4'))).toMatchObject({
      network: 'net',
      checkpoints: [
        ['net/step-4', 4, null],
        ['net/step-9', 9, null],
      ],
    });
  });

  it.each([
    [['start', 'step-1'], /start has no step in its name \(such as step-0/],
    [['a-1', 'b-1'], /a-1 and .*b-1 are both step 1/],
    [['step-1', 'seed-1/step-1'], /seed-1\/step-1 has a seed and .*net\/step-1 has none/],
    [
      ['empty/deeper/step-1'],
      /no model in .*net \(it has neither a model.json nor a saved_model.pb, nor folders that have one/,
    ],
  ])('refuses a folder of %j in one line', async (folders, message) => {
    const error = (await findCheckpoints([network(...folders)]).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toBeInstanceOf(UserError);
    expect(error.message).toMatch(message);
    expect(error.message).not.toContain('\n');
  });

  it('refuses a folder without models beside others', async () => {
    const root = network('step-1');
    await expect(findCheckpoints([join(root, 'step-1'), '/nowhere'])).rejects.toThrow('no model in /nowhere');
  });
});
