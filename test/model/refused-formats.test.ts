import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openModel } from '../../src/model/open-model.js';
import { refusedFormat } from '../../src/model/refused-formats.js';

describe('a file of another format', () => {
  test.each(['net.pt', 'a/net.pth', 'net.safetensors', 'NET.PTH'])(
    '%s is refused with the command that exports it',
    (path) => {
      expect(refusedFormat(path)).toContain(
        `make export-model FROM=torchvision NAME=resnet50 WEIGHTS=${path} OUT=net.onnx`,
      );
    },
  );

  test.each(['net.keras', 'a/net.h5'])('%s is refused with the command that exports it', (path) => {
    expect(refusedFormat(path)).toContain(`make export-model FROM=keras WEIGHTS=${path} OUT=net`);
  });

  test.each(['net.tflite', 'net.mlmodel', 'net.pkl', 'net.ckpt', 'net.msgpack', 'net.hdf5'])(
    '%s is refused in one line that says what to do',
    (path) => {
      expect(refusedFormat(path)).toMatch(
        /^model is not one that strata reads: net\.\w+ .*(export|make) .*$/,
      );
    },
  );

  test.each(['pixels', 'net.onnx', 'models/resnet50', 'model.json', 'step-1.5', 'net.h5/model'])(
    '%s is none',
    (path) => {
      expect(refusedFormat(path)).toBeUndefined();
    },
  );

  test('is refused before anything is opened', async () => {
    await expect(openModel('no/such/net.pth', {})).rejects.toThrow(
      'model is not one that strata reads: no/such',
    );
  });
});

test('the commands are there', () => {
  const folder = join(import.meta.dirname, '..', '..', 'scripts', 'export');
  for (const name of ['export_torch.py', 'export_keras.py', 'export-model.ts'])
    expect(existsSync(join(folder, name))).toBe(true);
});
