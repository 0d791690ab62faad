import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from '../save-model.js';

const FILES = join(import.meta.dirname, '..', 'files', 'saved-models');

/** A SavedModel of the tests, made by test/model/files/make_saved_models.py. */
export type SavedModelName = 'module' | 'keras' | 'version-1' | 'branches';

/** The folder of a SavedModel. */
export function savedModelFolder(name: SavedModelName): string {
  return join(FILES, name);
}

/** A copy of a SavedModel that a test may damage. */
export function copyOfSavedModel(name: SavedModelName): string {
  const folder = temporaryFolder();
  cpSync(savedModelFolder(name), folder, { recursive: true });
  return folder;
}

/** What TensorFlow computed in Python for the image of {@link expectedImage}: the first output, row by row. */
export interface Expected {
  readonly shape: readonly [number, number, number, number];
  readonly values: readonly number[];
}

/** What TensorFlow's own Python says that a signature computes. */
export function expectedOf(name: SavedModelName, signature: string): Expected {
  const all = JSON.parse(readFileSync(join(FILES, 'expected.json'), 'utf8')) as Record<
    string,
    Record<string, Expected>
  >;
  return all[name]![signature]!;
}

/** The image that the expected values are of: whole numbers of 0 to 255. */
export function expectedImage({ shape }: Expected): Float32Array {
  const length = shape.reduce((product, side) => product * side, 1);
  return Float32Array.from({ length }, (_, at) => (at * 37) % 256);
}
