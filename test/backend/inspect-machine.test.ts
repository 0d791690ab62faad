import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { computeThreads, inspectMachine, listGpus } from '../../src/backend/inspect-machine.js';

let folder = '';

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-machine-'));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function fakeCommand(name: string, script: string): string {
  const path = join(folder, name);
  writeFileSync(path, `#!/bin/sh\n${script}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('listGpus', () => {
  it('is empty where there is no such command', async () => {
    expect(await listGpus(join(folder, 'missing'))).toEqual([]);
  });

  it('is empty where the driver refuses', async () => {
    expect(await listGpus(fakeCommand('refuses', 'echo "GPU 0: half a line"; exit 9'))).toEqual([]);
  });

  it('gives the lines that name a GPU', async () => {
    const command = fakeCommand(
      'two',
      'echo "GPU 0: one (UUID: a)"; echo "  MIG part"; echo "GPU 1: two (UUID: b)"',
    );
    expect(await listGpus(command)).toEqual(['GPU 0: one (UUID: a)', 'GPU 1: two (UUID: b)']);
  });
});

describe('computeThreads', () => {
  const tensorflow = { name: 'tensorflow', version: '2' } as const;

  it('is what WebAssembly has, and every core for TensorFlow unless it is told otherwise', () => {
    const wasm = { name: 'wasm', version: '4', wasm: { simd: true, threads: 3 } } as const;
    expect(computeThreads(wasm, { TF_NUM_INTRAOP_THREADS: '7' })).toBe(3);
    expect(computeThreads(tensorflow, {})).toBe(availableParallelism());
    expect(computeThreads(tensorflow, { TF_NUM_INTRAOP_THREADS: '0' })).toBe(availableParallelism());
    expect(computeThreads(tensorflow, { TF_NUM_INTRAOP_THREADS: '7' })).toBe(7);
  });
});

describe('inspectMachine', () => {
  it('leaves the process to deal with uncaught errors as before', async () => {
    const listeners = () =>
      ['uncaughtException', 'unhandledRejection'].map((event) => process.listenerCount(event));
    const before = listeners();
    await inspectMachine({ path: folder, backend: 'wasm' });
    expect(listeners()).toEqual(before);
  });

  it('reports the backend that was asked for and sizes that make sense', async () => {
    const report = await inspectMachine({ path: folder, backend: 'wasm' });
    expect(report.backend).toMatchObject({ name: 'wasm' });
    expect(report.backend.reason).toBeUndefined();
    expect(report.backend.wasm).toEqual({ simd: true, threads: Math.min(8, report.cores.usable) });
    expect(report.computeThreads).toBe(report.backend.wasm!.threads);
    expect(report.node).toBe(process.versions.node);
    expect(report.cores.usable).toBeGreaterThanOrEqual(1);
    expect(report.cores.present).toBeGreaterThanOrEqual(report.cores.usable);
    expect(report.memory.free).toBeLessThanOrEqual(report.memory.total);
    expect(report.disk.path).toBe(folder);
    expect(report.disk.free).toBeLessThanOrEqual(report.disk.total);
  });

  it('refuses a path that is not there', async () => {
    await expect(inspectMachine({ path: join(folder, 'nowhere'), backend: 'wasm' })).rejects.toThrow(
      'ENOENT',
    );
  });
});
