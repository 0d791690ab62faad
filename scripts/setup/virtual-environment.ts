import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentKey, PROJECT } from './content-key.js';
import { findPython } from './find-tools.js';
import { tellingLine, tryCommand } from './run-command.js';

/** A Python environment of the project: its folder, and the file of pinned packages that it is made from. */
export interface VirtualEnvironment {
  readonly folder: string;
  readonly requirements: string;
}

const EXPORT = join(PROJECT, 'scripts', 'export');

/**
 * The environments by name: `tests` is what `make test` compares with; `tensorflow` and `torch` export networks, and SavedModels
 * are made and compared with the former.
 */
export const ENVIRONMENTS = {
  tests: {
    folder: join(PROJECT, '.venv'),
    requirements: join(import.meta.dirname, 'python-requirements.txt'),
  },
  tensorflow: {
    folder: join(PROJECT, '.setup', 'tensorflow'),
    requirements: join(EXPORT, 'keras_requirements.txt'),
  },
  torch: {
    folder: join(PROJECT, '.setup', 'torch'),
    requirements: join(EXPORT, 'torch_requirements.txt'),
  },
} as const satisfies Readonly<Record<string, VirtualEnvironment>>;

/** The Python of an environment. */
export function pythonOf({ folder }: VirtualEnvironment): string {
  return join(folder, 'bin', 'python');
}

async function run(command: string, args: readonly string[]): Promise<string | undefined> {
  const { code, output } = await tryCommand(command, args);
  return code === 0 ? undefined : tellingLine(output);
}

async function install({ folder, requirements }: VirtualEnvironment): Promise<string | undefined> {
  const python = await findPython('venv, ensurepip');
  if (python === undefined) return 'Python 3 with its venv module was not found';
  console.error(`set-up: Python packages (${folder.slice(PROJECT.length + 1)})`);
  await rm(folder, { recursive: true, force: true });
  await mkdir(folder, { recursive: true });
  const pip = [
    '-m',
    'pip',
    'install',
    '--only-binary=:all:',
    '--no-deps',
    '--retries',
    '1',
    '--timeout',
    '20',
  ];
  return (
    (await run(python, ['-m', 'venv', folder])) ??
    (await run(pythonOf({ folder, requirements }), [...pip, '--progress-bar', 'off', '-r', requirements]))
  );
}

/** Makes an environment where it is missing or its packages have changed; returns why not, when it cannot. */
export async function makeVirtualEnvironment(environment: VirtualEnvironment): Promise<string | undefined> {
  const key = contentKey([environment.requirements]);
  const keyFile = join(environment.folder, '.made-from');
  if (existsSync(pythonOf(environment)) && existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key)
    return undefined;
  const problem = await install(environment);
  if (problem === undefined) await writeFile(keyFile, key);
  else await rm(environment.folder, { recursive: true, force: true });
  return problem;
}
