import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readIdxFile } from '../../src/dataset/idx-file.js';
import { idxBytes } from './idx-bytes.js';
import { temporaryFolder } from './temporary-folder.js';

async function read(bytes: Uint8Array, name = 'images') {
  return readIdxFile(join(temporaryFolder({ [name]: bytes }), name));
}

describe('readIdxFile', () => {
  it('reads what was written, plain or gzipped, with the same hash', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.integer({ min: 1, max: 5 }), { minLength: 1, maxLength: 4 }),
        async (shape) => {
          const count = shape.reduce((product, length) => product * length, 1);
          const bytes = idxBytes(
            shape,
            Array.from({ length: count }, (_, index) => index % 256),
          );
          const plain = await read(bytes);
          const zipped = await read(gzipSync(bytes), 'images.gz');
          expect(plain.shape).toEqual(shape);
          expect([...plain.data]).toEqual([...bytes.subarray(4 + 4 * shape.length)]);
          expect(zipped.data).toEqual(plain.data);
          expect(zipped.sha256).toBe(plain.sha256);
        },
      ),
      { numRuns: 20 },
    );
  });

  it.each([
    ['a bad magic', Buffer.from('hello world, this is text'), 'it begins with 68656c6c'],
    ['another number type', idxBytes([1], [0], 0x0d), 'its number type is 13'],
    ['no dimensions', Buffer.from([0, 0, 8, 0, 1]), 'it begins with 00000800'],
    ['a header cut short', Buffer.from([0, 0, 8, 3, 0, 0]), 'its 6 bytes are no idx header'],
    ['an empty file', Buffer.alloc(0), 'its 0 bytes are no idx header'],
    ['too few values', idxBytes([3], [1, 2]), 'more than the file can hold'],
    ['values after the last', idxBytes([2], [1, 2, 3]), 'it goes on after the 2 values'],
    [
      'a header that promises terabytes',
      idxBytes([0xffffffff, 0xffff, 0xffff], [1]),
      'more than the file can hold',
    ],
  ])('refuses %s', async (_, bytes, problem) => {
    await expect(read(bytes)).rejects.toThrow(problem);
    await expect(read(bytes)).rejects.toMatchObject({ name: 'UserError' });
  });

  it.each([
    [
      'a header that promises more than gzip can hold',
      gzipSync(idxBytes([1 << 30], [1])),
      'more than the file can',
    ],
    ['a gzipped file whose values end early', gzipSync(idxBytes([30], [1, 2])), 'cut short: 2 values, 30'],
    [
      'a gzipped file that goes on',
      gzipSync(idxBytes([2], new Array(100_000).fill(7))),
      'goes on after the 2',
    ],
    [
      'a cut gzip stream',
      gzipSync(idxBytes([50], new Array(50).fill(7))).subarray(0, 20),
      'cannot be unpacked',
    ],
    ['what is not gzip', idxBytes([1], [1]), 'cannot be unpacked'],
  ])('refuses %s', async (_, bytes, problem) => {
    await expect(read(bytes, 'images.gz')).rejects.toThrow(problem);
    await expect(read(bytes, 'images.gz')).rejects.toMatchObject({ name: 'UserError' });
  });
});
