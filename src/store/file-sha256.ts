import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';

const READ_BYTES = 2 ** 20;

/** The size and sha256 of a file, read as a stream. */
export async function fileSha256(path: string): Promise<{ bytes: number; sha256: string }> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path, { highWaterMark: READ_BYTES })) {
    hash.update(chunk as Buffer);
    bytes += (chunk as Buffer).length;
  }
  return { bytes, sha256: hash.digest('hex') };
}
