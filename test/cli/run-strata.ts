import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, vi } from 'vitest';

const COMMAND = fileURLToPath(new URL('../../dist/cli/strata.cjs', import.meta.url));
/** The same, as a module. */
const COMMAND_LINE = new URL('../../dist/cli/command-line.js', import.meta.url).href;

/** How a command ended. */
export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Starts the built command line; `make test` builds it first. */
export function startStrata(args: readonly string[], env: NodeJS.ProcessEnv = {}): ChildProcess {
  return spawn(process.execPath, [COMMAND, ...args], { env: { ...process.env, NO_COLOR: '1', ...env } });
}

/** Waits for a started command. */
export function ended(child: ChildProcess): Promise<Ended> {
  let [stdout, stderr] = ['', ''];
  child.stdout?.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
  });
  child.stderr?.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
  });
  return new Promise((resolve, reject) => {
    child.on('error', reject);
    child.on('close', (code) => resolve({ code, stdout, stderr }));
  });
}

/** Runs the command line to its end in a process of its own: for what is about processes, or how they are started. */
export function strataProcess(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ended> {
  return ended(startStrata(args, env));
}

let last: Promise<unknown> = Promise.resolve();

/**
 * Runs the built command line to its end within the test's process, where TensorFlow is loaded once and not by every
 * command. One command runs at a time: those that are to run side by side need {@link strataProcess}.
 */
export function strata(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<Ended> {
  const own = last.then(() => withinProcess(args, env));
  last = own.catch(() => undefined);
  return own;
}

async function withinProcess(args: readonly string[], env: Readonly<Record<string, string>>): Promise<Ended> {
  const { runCommandLine } = (await import(COMMAND_LINE)) as typeof import('../../src/cli/command-line.js');
  const said = { log: '', error: '' };
  const spies = (['log', 'error'] as const).map((stream) =>
    vi.spyOn(console, stream).mockImplementation((...parts: unknown[]) => {
      said[stream] += `${parts.join(' ')}\n`;
    }),
  );
  for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value);
  try {
    return { code: await runCommandLine(args), stdout: said.log, stderr: said.error };
  } finally {
    vi.unstubAllEnvs();
    for (const spy of spies) spy.mockRestore();
  }
}

/** A folder that is removed after the tests of the file. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'strata-cli-'));
  afterAll(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** The files below a folder, sorted, without temporaries. */
export async function filesBelow(folder: string): Promise<readonly string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(folder.length + 1))
    .filter((file) => !file.startsWith('tmp/'))
    .sort();
}

/** sha256 of every file of a cache, by path: equal for caches that are equal byte by byte. */
export async function hashesOf(folder: string): Promise<Readonly<Record<string, string>>> {
  const hashes: Record<string, string> = {};
  for (const file of await filesBelow(folder)) {
    hashes[file] = createHash('sha256')
      .update(await readFile(join(folder, file)))
      .digest('hex');
  }
  return hashes;
}
