import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { lstat, readdir, readFile, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { z } from 'zod';

/** The file of a folder in the user's cache that lists the others, with their sizes and sha256. */
const SEAL = 'strata-contents.json';

const seal = z.strictObject({
  files: z.array(z.strictObject({ path: z.string(), bytes: z.number(), sha256: z.string() })),
  /** Of the list. */
  sha256: z.string(),
});

type SealedFile = z.infer<typeof seal>['files'][number];

/** How closely a folder is looked at: file by file through its content, or the sizes alone, which takes no time. */
export type Check = 'content' | 'sizes';

async function sha256Of(path: string): Promise<string> {
  const hash = createHash('sha256');
  for await (const chunk of createReadStream(path, { highWaterMark: 2 ** 20 })) hash.update(chunk as Buffer);
  return hash.digest('hex');
}

function listSha256(files: readonly SealedFile[]): string {
  return createHash('sha256').update(JSON.stringify(files)).digest('hex');
}

/** Lists what is in a folder, so that {@link folderProblem} can tell later whether it still is. */
export async function sealFolder(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const paths = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
  const files: SealedFile[] = [];
  for (const path of paths.sort()) {
    const { size } = await lstat(path);
    files.push({ path: relative(folder, path), bytes: size, sha256: await sha256Of(path) });
  }
  await writeFile(join(folder, SEAL), JSON.stringify({ files, sha256: listSha256(files) }));
}

async function fileProblem(folder: string, file: SealedFile, check: Check): Promise<string | undefined> {
  const path = join(folder, file.path);
  const size = await lstat(path).then(
    (found) => found.size,
    () => undefined,
  );
  if (size === undefined) return `${path} is missing`;
  if (size !== file.bytes) return `${path} has ${size} bytes, not ${file.bytes}`;
  if (check === 'sizes' || (await sha256Of(path)) === file.sha256) return undefined;
  return `${path} is not as it was written`;
}

/**
 * What is wrong with a folder that was sealed; undefined where nothing is. Files that came later do not count. A folder
 * without a seal, as earlier versions left them, is sealed as it is.
 */
export async function folderProblem(folder: string, check: Check): Promise<string | undefined> {
  const path = join(folder, SEAL);
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') return `${path} cannot be read`;
    if (check === 'content') await sealFolder(folder);
    return undefined;
  }
  const files = sealedFiles(text);
  if (files === undefined) return `${path} is not as it was written`;
  for (const file of files) {
    const problem = await fileProblem(folder, file, check);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function sealedFiles(text: string): readonly SealedFile[] | undefined {
  try {
    const { files, sha256 } = seal.parse(JSON.parse(text));
    return sha256 === listSha256(files) ? files : undefined;
  } catch {
    return undefined;
  }
}
