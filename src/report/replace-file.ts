import { randomBytes } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { durableRename } from '../store/durable-rename.js';
import { writeHashedFile } from '../store/hashed-file.js';

/**
 * Replaces a file at once: `write` makes the new one under a temporary name beside it, and a rename puts it in
 * place. A reader sees the old file or the new one, whole; when `write` fails the old one stays.
 */
export async function replaceFile(
  file: string,
  write: (temporary: string) => Promise<unknown>,
): Promise<void> {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    await write(temporary);
    await durableRename(temporary, file, dirname(file));
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** Replaces a text file at once. */
export async function replaceText(file: string, text: string): Promise<void> {
  await replaceFile(file, (temporary) => writeHashedFile(temporary, Buffer.from(text, 'utf8'), 0));
}
