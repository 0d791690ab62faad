import { join } from 'node:path';
import { PROJECT } from '../setup/content-key.js';
import { ENVIRONMENTS, makeVirtualEnvironment, pythonOf } from '../setup/virtual-environment.js';

/** What networks are exported from, and the kind of program that each needs. */
export const LIBRARIES = { torchvision: 'torch', timm: 'torch', keras: 'keras' } as const;

/** One of {@link LIBRARIES}. */
export type Library = keyof typeof LIBRARIES;

/** Whether a word names one of {@link LIBRARIES}. */
export function isLibrary(word: string | undefined): word is Library {
  return word !== undefined && Object.hasOwn(LIBRARIES, word);
}

/** The program that exports a library's networks. */
export function exporterOf(library: Library): string {
  return join(PROJECT, 'scripts', 'export', `export_${LIBRARIES[library]}.py`);
}

/**
 * The Python that exports a library's networks, in an environment of its own below `.setup`, made where it is missing or
 * its requirements have changed. `STRATA_EXPORT_PYTHON` names another Python that has the packages.
 *
 * @throws Error saying why it cannot be made.
 */
export async function exportPython(library: Library): Promise<string> {
  const own = process.env.STRATA_EXPORT_PYTHON;
  if (own !== undefined && own !== '') return own;
  const environment = ENVIRONMENTS[LIBRARIES[library] === 'keras' ? 'tensorflow' : 'torch'];
  const problem = await makeVirtualEnvironment(environment);
  if (problem !== undefined) throw new Error(`export environment cannot be made: ${problem}`);
  return pythonOf(environment);
}
