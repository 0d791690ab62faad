import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentKey } from '../setup/content-key.js';
import { findPython } from '../setup/find-tools.js';
import { tellingLine, tryCommand } from '../setup/run-command.js';

/** The folder of the peers' own sources. */
export const PEER_SOURCES = join('scripts', 'bench', 'peers');

const FOLDER = join('.setup', 'peers');

/** The Python of the peers' environment. */
export const PEER_PYTHON = join(FOLDER, 'bin', 'python');

/** A command and its arguments. */
export type Step = readonly [command: string, args: readonly string[]];

/**
 * Runs steps one after the other, unless a marker in the environment's folder says that they have been done; returns why
 * not, when one fails.
 */
export async function once(
  marker: string,
  key: string,
  steps: readonly Step[],
  folder = FOLDER,
): Promise<string | undefined> {
  const made = join(folder, `${marker}-${key}`);
  if (existsSync(made)) return undefined;
  console.error(`bench: making ${marker} for the peers`);
  for (const [command, args] of steps) {
    const { code, output } = await tryCommand(command, args);
    if (code !== 0) return `${marker}: ${tellingLine(output)}`;
  }
  await writeFile(made, '');
  return undefined;
}

/** Makes the peers' Python environment, with PyTorch; returns why not, when it cannot. */
export async function makeEnvironment(): Promise<string | undefined> {
  const requirements = join(PEER_SOURCES, 'requirements.txt');
  const python = await findPython('venv, ensurepip');
  if (python === undefined) return 'Python 3 with its venv module was not found';
  const key = contentKey([requirements]);
  if (!existsSync(join(FOLDER, `environment-${key}`))) await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  return once('environment', key, [[python, ['-m', 'venv', FOLDER]], installed(requirements)]);
}

/** The step that installs a file of pinned packages into the environment. */
export function installed(requirements: string): Step {
  const pip = ['-m', 'pip', 'install', '--no-deps', '--only-binary=:all:', '--progress-bar', 'off'];
  return [PEER_PYTHON, [...pip, '-r', requirements]];
}
