import { describe, expect, it } from 'vitest';
import { advice } from '../../src/backend/advice.js';
import type { MachineReport } from '../../src/backend/inspect-machine.js';

const WELL: MachineReport = {
  backend: { name: 'tensorflow', version: '2.21.0' },
  tensorflowVariant: 'cpu',
  onnx: { name: 'onnxruntime', version: '1.30.0', kernels: 'cpu' },
  node: '20.20.2',
  cpu: 'a processor',
  cores: { usable: 8, present: 8 },
  computeThreads: 8,
  memory: { total: 64e9, free: 32e9 },
  disk: { path: '/data', total: 1e12, free: 5e11 },
  gpus: [],
};

describe('advice', () => {
  it('has nothing to say when all is well', () => {
    expect(advice(WELL)).toEqual([]);
  });

  it('gives the reason why WebAssembly is in use and how to change that', () => {
    const [line, ...more] = advice({
      ...WELL,
      backend: { name: 'wasm', version: '4.22.0', reason: 'no C++ compiler' },
    });
    expect(line).toContain('no C++ compiler');
    expect(line).toContain('make setup');
    expect(more).toEqual([]);
  });

  it('says to leave out --backend wasm when that is why', () => {
    expect(advice({ ...WELL, backend: { name: 'wasm', version: '4.22.0' } })[0]).toContain('--backend wasm');
  });

  it('points at a GPU that is not used, and not at one that is', () => {
    const gpus = ['GPU 0: NVIDIA H100'];
    expect(advice({ ...WELL, gpus })[0]).toContain('STRATA_TENSORFLOW=gpu');
    expect(advice({ ...WELL, gpus, tensorflowVariant: 'gpu' })).toEqual([]);
  });

  it('counts cores, memory and disk that are short', () => {
    const lines = advice({
      ...WELL,
      cores: { usable: 2, present: 8 },
      memory: { total: 64e9, free: 1.5e9 },
      disk: { path: '/data', total: 1e12, free: 3e9 },
    });
    expect(lines).toHaveLength(3);
    expect(lines[0]).toContain('2 of 8 cores');
    expect(lines[1]).toContain('1.5 GB');
    expect(lines[2]).toContain('3.0 GB of disk is free at /data');
  });
});
