import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UserError } from '../../src/errors.js';
import { readSafetensors } from '../../src/report/read-safetensors.js';
import { writeProbes } from '../../src/report/safetensors.js';
import { temporaryFolders } from './temporary-folder.js';

const folder = temporaryFolders();
const PROBE = {
  tap: 'outer/add_1',
  reduction: 'average-pool',
  labelSet: 'class',
  weight: Float32Array.of(1, 2, 3, 4, 5, 6),
  bias: Float32Array.of(-1, 0.5),
  features: 3,
  classes: ['cat', 'ünï'],
};

describe('probes.safetensors', () => {
  it('has the published layout: length, padded header, contiguous little-endian floats', async () => {
    const path = join(folder(), 'probes.safetensors');
    await writeProbes(path, [PROBE]);
    const bytes = readFileSync(path);
    const length = Number(bytes.readBigUInt64LE());
    expect(length % 8).toBe(0);
    const header = JSON.parse(bytes.subarray(8, 8 + length).toString('utf8'));
    expect(header['outer/add_1|average-pool|class/weight']).toEqual({
      dtype: 'F32',
      shape: [2, 3],
      data_offsets: [0, 24],
    });
    expect(header['outer/add_1|average-pool|class/bias'].data_offsets).toEqual([24, 32]);
    expect(bytes.byteLength).toBe(8 + length + 32);
    expect(bytes.readFloatLE(8 + length + 24)).toBe(-1);
  });

  it('comes back bit for bit, for any shapes', async () => {
    const float = fc.float({ noNaN: true });
    const probes = fc.array(
      fc.tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 0, max: 7 })).chain(([classes, features]) =>
        fc.record({
          weight: fc.array(float, { minLength: classes * features, maxLength: classes * features }),
          bias: fc.array(float, { minLength: classes, maxLength: classes }),
          features: fc.constant(features),
        }),
      ),
      { maxLength: 4 },
    );
    const path = join(folder(), 'probes.safetensors');
    await fc.assert(
      fc.asyncProperty(probes, async (list) => {
        const written = list.map(({ weight, bias, features }, index) => ({
          ...{ tap: `tap ${index}`, reduction: 'flatten', labelSet: `set ${index}`, features },
          weight: Float32Array.from(weight),
          bias: Float32Array.from(bias),
          classes: bias.map((_, k) => `class ${k}`),
        }));
        await writeProbes(path, written);
        const { tensors, metadata } = await readSafetensors(path);
        expect(tensors.size).toBe(2 * written.length);
        for (const { tap, labelSet, weight, bias, features, classes } of written) {
          const stored = tensors.get(`${tap}|flatten|${labelSet}/weight`);
          expect(stored).toEqual({ shape: [bias.length, features], values: weight });
          expect(tensors.get(`${tap}|flatten|${labelSet}/bias`)!.values).toEqual(bias);
          expect(JSON.parse(metadata[`classes|${labelSet}`]!)).toEqual(classes);
        }
      }),
      { numRuns: 15 },
    );
  });

  it('is refused where a length or offset does not fit', async () => {
    const path = join(folder(), 'probes.safetensors');
    await writeProbes(path, [PROBE]);
    const whole = readFileSync(path);
    const huge = Buffer.from(whole);
    huge.writeBigUInt64LE(2n ** 63n);
    for (const bytes of [huge, whole.subarray(0, 5), whole.subarray(0, 40), whole.subarray(0, -4)]) {
      writeFileSync(path, bytes);
      await expect(readSafetensors(path)).rejects.toThrow(UserError);
    }
  });
});
