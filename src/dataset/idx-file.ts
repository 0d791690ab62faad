/*
 * The idx format of MNIST: two zero bytes, the number type (8: unsigned bytes), the number of dimensions, each
 * dimension as a big-endian uint32, then the values, last dimension fastest. Often gzipped.
 */
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { createGunzip } from 'node:zlib';
import { messageOf, UserError } from '../errors.js';

/** An idx file of unsigned bytes, unpacked. */
export interface IdxFile {
  readonly path: string;
  readonly shape: readonly number[];
  readonly data: Buffer;
  /** sha256 of the unpacked file, header included. */
  readonly sha256: string;
}

const UNSIGNED_BYTES = 8;
const MOST_DIMENSIONS = 4;
/** No gzip member unpacks to more than this many times its size. */
const DEFLATE_LIMIT = 1032;

/**
 * Reads an idx file of unsigned bytes, plain or gzipped (by its name). The header's sizes are checked against the
 * file's before memory is taken for the values, and unpacking stops at the length that the header states.
 *
 * @throws UserError for a file that is not idx, of another number type, cut short or too long.
 */
export async function readIdxFile(path: string): Promise<IdxFile> {
  const { size } = await stat(path);
  const gzipped = path.endsWith('.gz');
  const reader = new IdxReader(path, gzipped ? size * DEFLATE_LIMIT : size);
  try {
    await readChunks(path, gzipped, (chunk) => reader.take(chunk));
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (!code?.startsWith('Z_')) throw error;
    throw new UserError(`idx file cannot be unpacked: ${path}: ${messageOf(error)}`, { cause: error });
  }
  return reader.finish();
}

async function readChunks(path: string, gzipped: boolean, take: (chunk: Buffer) => void): Promise<void> {
  const file = createReadStream(path);
  const unpacked = gzipped ? file.pipe(createGunzip()) : file;
  file.once('error', (error) => unpacked.destroy(error));
  try {
    for await (const chunk of unpacked) take(chunk as Buffer);
  } finally {
    file.destroy();
  }
}

/** Takes the unpacked bytes of one file as they come, and refuses them as soon as they cannot be right. */
class IdxReader {
  private readonly hash = createHash('sha256');
  private head = Buffer.alloc(0);
  private shape: readonly number[] | undefined;
  private data = Buffer.alloc(0);
  private filled = 0;

  constructor(
    private readonly path: string,
    private readonly mostBytes: number,
  ) {}

  finish(): IdxFile {
    const { path, shape, data } = this;
    if (shape === undefined) throw this.wrong(`its ${this.head.length} bytes are no idx header`);
    if (this.filled < data.length) {
      throw this.wrong(`it is cut short: ${this.filled} values, ${data.length} would be right`);
    }
    return { path, shape, data, sha256: this.hash.digest('hex') };
  }

  take(chunk: Buffer): void {
    this.hash.update(chunk);
    if (this.shape === undefined) this.takeHeader(chunk);
    else this.fill(chunk);
  }

  private takeHeader(chunk: Buffer): void {
    this.head = Buffer.concat([this.head, chunk]);
    const header = this.parseHeader();
    if (header === undefined) return;
    const values = header.shape.reduce((product, length) => product * length, 1);
    if (values + header.bytes > this.mostBytes) {
      throw this.wrong(`its header promises ${values} values, more than the file can hold`);
    }
    this.shape = header.shape;
    this.data = Buffer.alloc(values);
    this.fill(this.head.subarray(header.bytes));
  }

  private parseHeader(): { shape: number[]; bytes: number } | undefined {
    const { head } = this;
    if (head.length < 4) return undefined;
    const [zero1, zero2, type, dimensions] = [head[0], head[1], head[2], head[3] ?? 0];
    if (zero1 !== 0 || zero2 !== 0 || dimensions < 1 || dimensions > MOST_DIMENSIONS) {
      throw this.wrong(
        `it begins with ${head.toString('hex', 0, 4)} (00 00 08 and 1 to 4 dimensions would be right)`,
      );
    }
    if (type !== UNSIGNED_BYTES)
      throw this.wrong(`its number type is ${type} (8, unsigned bytes, would be right)`);
    const bytes = 4 + 4 * dimensions;
    if (head.length < bytes) return undefined;
    return { shape: Array.from({ length: dimensions }, (_, at) => head.readUInt32BE(4 + 4 * at)), bytes };
  }

  private fill(chunk: Buffer): void {
    if (this.filled + chunk.length > this.data.length) {
      throw this.wrong(`it goes on after the ${this.data.length} values of its header`);
    }
    this.filled += chunk.copy(this.data, this.filled);
  }

  private wrong(problem: string): UserError {
    return new UserError(`idx file is not right: ${this.path}: ${problem}`);
  }
}
