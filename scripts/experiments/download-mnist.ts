import { existsSync } from 'node:fs';
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { messageOf, UserError } from '../../src/errors.js';
import { replaceFile } from '../../src/report/replace-file.js';
import { writeHashedFile } from '../../src/store/hashed-file.js';
import { checkMnistFile, MNIST_FILES, type MnistFile } from './mnist-files.js';

/** Gets the bytes behind an address; rejects where that fails. */
export type Download = (address: string) => Promise<Uint8Array>;

const TIMEOUT_MS = 300_000;

/** Downloads over HTTPS. */
export const download: Download = async (address) => {
  const response = await fetch(address, { signal: AbortSignal.timeout(TIMEOUT_MS) });
  if (!response.ok) throw new Error(`${response.status} ${response.statusText}`);
  return new Uint8Array(await response.arrayBuffer());
};

/** What fetching needs. */
export interface FetchWork {
  readonly folder: string;
  readonly homes: readonly string[];
  readonly download: Download;
  readonly say: (line: string) => void;
}

/**
 * Puts MNIST's four files into a folder. What is there already is checked and kept; what comes is checked before it is
 * put in place.
 *
 * @throws UserError when a file that is there is another one, and when no home gives the right file.
 */
export async function fetchMnist(work: FetchWork): Promise<void> {
  await mkdir(work.folder, { recursive: true });
  for (const file of MNIST_FILES) {
    const path = join(work.folder, file.name);
    if (existsSync(path)) {
      checkMnistFile(file, path, await readFile(path));
      work.say(`${path}: there, checksum right`);
      continue;
    }
    const bytes = await fromAnyHome(file, work);
    await replaceFile(path, (temporary) => writeHashedFile(temporary, Buffer.from(bytes), 0));
    work.say(`${path}: ${bytes.length} bytes, checksum right`);
  }
}

async function fromAnyHome(file: MnistFile, { folder, homes, download }: FetchWork): Promise<Uint8Array> {
  const problems: string[] = [];
  for (const home of homes) {
    const address = `${home}/${file.name}`;
    try {
      const bytes = await download(address);
      checkMnistFile(file, address, bytes);
      return bytes;
    } catch (error) {
      problems.push(`${new URL(home).host}: ${reasonOf(error)}`);
    }
  }
  throw new UserError(
    `MNIST cannot be fetched: ${file.name} (${problems.join('; ')}); put its four files into ${folder} by other means`,
  );
}

/** Node says `fetch failed` of everything: why is in the cause. */
function reasonOf(error: unknown): string {
  const cause = error instanceof Error && !(error instanceof UserError) ? error.cause : undefined;
  return messageOf(cause ?? error);
}
