import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { sha256Of } from '../../src/backend/sha256.js';

it('hashes as Node does, several arrays at once, large and small, views and nothing', async () => {
  const bytes = Uint8Array.from({ length: 2 ** 19 }, (_, at) => (at * 31) % 251);
  const views = [bytes, bytes.subarray(7), bytes.subarray(7, 4000), bytes.subarray(0, 64), new Uint8Array(0)];
  const expected = views.map((view) => createHash('sha256').update(view).digest('hex'));
  expect(await Promise.all(views.map((view) => sha256Of(view)))).toEqual(expected);
});
