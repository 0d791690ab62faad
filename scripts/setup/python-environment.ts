import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentKey, PROJECT } from './content-key.js';
import { findPython } from './find-tools.js';
import { tellingLine, tryCommand } from './run-command.js';

const FOLDER = join(PROJECT, '.venv');
const PYTHON = join(FOLDER, 'bin', 'python');
const REQUIREMENTS = join(import.meta.dirname, 'python-requirements.txt');
const KEY_FILE = join(FOLDER, '.made-from');

async function run(command: string, args: readonly string[]): Promise<string | undefined> {
  const { code, output } = await tryCommand(command, args);
  return code === 0 ? undefined : tellingLine(output);
}

/** Makes `.venv` with the packages that tests compare strata with; returns why not, when it cannot. */
async function makeEnvironment(key: string): Promise<string | undefined> {
  const python = await findPython('venv, ensurepip');
  if (python === undefined) return 'Python 3 with its venv module was not found';
  console.error('set-up: Python packages for the tests (.venv)');
  await rm(FOLDER, { recursive: true, force: true });
  await mkdir(FOLDER, { recursive: true });
  const problem =
    (await run(python, ['-m', 'venv', FOLDER])) ??
    (await run(PYTHON, [
      ...['-m', 'pip', 'install', '--only-binary=:all:', '--no-deps', '--retries', '1', '--timeout', '20'],
      ...['--progress-bar', 'off', '-r', REQUIREMENTS],
    ]));
  if (problem === undefined) await writeFile(KEY_FILE, key);
  else await rm(FOLDER, { recursive: true, force: true });
  return problem;
}

const key = contentKey([REQUIREMENTS]);
const isMade = existsSync(PYTHON) && existsSync(KEY_FILE) && readFileSync(KEY_FILE, 'utf8') === key;
const problem = isMade ? undefined : await makeEnvironment(key);
if (problem !== undefined) console.error(`set-up: the tests that need Python packages will skip: ${problem}`);
