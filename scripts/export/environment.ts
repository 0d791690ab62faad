import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentKey, PROJECT } from '../setup/content-key.js';
import { findPython } from '../setup/find-tools.js';
import { tellingLine, tryCommand } from '../setup/run-command.js';

const SOURCES = join(PROJECT, 'scripts', 'export');

/** What networks are exported from, and the kind of environment and program that each needs. */
export const LIBRARIES = { torchvision: 'torch', timm: 'torch', keras: 'keras' } as const;

/** One of {@link LIBRARIES}. */
export type Library = keyof typeof LIBRARIES;

/** Whether a word names one of {@link LIBRARIES}. */
export function isLibrary(word: string | undefined): word is Library {
  return word !== undefined && Object.hasOwn(LIBRARIES, word);
}

/** The program that exports a library's networks. */
export function exporterOf(library: Library): string {
  return join(SOURCES, `export_${LIBRARIES[library]}.py`);
}

async function failed(command: string, args: readonly string[]): Promise<string | undefined> {
  const { code, output } = await tryCommand(command, args);
  return code === 0 ? undefined : tellingLine(output);
}

async function install(folder: string, requirements: string): Promise<string | undefined> {
  const python = await findPython('venv, ensurepip');
  if (python === undefined) return 'Python 3 with its venv module was not found';
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const pip = ['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--progress-bar', 'off'];
  return (
    (await failed(python, ['-m', 'venv', folder])) ??
    (await failed(join(folder, 'bin', 'python'), [...pip, '-r', requirements]))
  );
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
  const kind = LIBRARIES[library];
  const folder = join(PROJECT, '.setup', `export-${kind}`);
  const requirements = join(SOURCES, `${kind}_requirements.txt`);
  const marker = join(folder, `made-${contentKey([requirements])}`);
  if (!existsSync(marker)) {
    console.error(`set-up: Python packages that export networks of ${library} (.setup/export-${kind})`);
    const problem = await install(folder, requirements);
    if (problem !== undefined) throw new Error(`export environment cannot be made: ${problem}`);
    await writeFile(marker, '');
  }
  return join(folder, 'bin', 'python');
}
