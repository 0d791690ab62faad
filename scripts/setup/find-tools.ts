import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { MissingPiece, tellingLine, tryCommand } from './run-command.js';

/** What it takes to build the binding: each is a command or a folder that was seen to work. */
export interface Tools {
  readonly python: string;
  readonly compiler: string;
  readonly nodeHeaders: string;
}

async function firstThatRuns(
  commands: readonly string[],
  args: readonly string[],
): Promise<string | undefined> {
  for (const command of commands) {
    const worked = await tryCommand(command, args, { timeoutMs: 30_000 }).then(
      ({ code }) => code === 0,
      (error: unknown) => {
        if (error instanceof MissingPiece) return false;
        throw error;
      },
    );
    if (worked) return command;
  }
  return undefined;
}

/** A Python 3 that has the named module, or undefined. */
export function findPython(module: string): Promise<string | undefined> {
  return firstThatRuns(
    ['python3', 'python'],
    ['-c', `import sys, ${module}; sys.exit(sys.version_info < (3, 8))`],
  );
}

/** A C++ compiler, or undefined. */
export function findCompiler(): Promise<string | undefined> {
  return firstThatRuns(['g++', 'c++', 'clang++'], ['--version']);
}

/** The folder that holds `node_api.h`: npm's `nodedir` setting, beside the node binary, or node-gyp's own cache. */
export async function findNodeHeaders(): Promise<string | undefined> {
  const roots = [
    process.env.npm_config_nodedir,
    join(dirname(process.execPath), '..'),
    join(homedir(), '.cache', 'node-gyp', process.versions.node),
  ];
  const found = roots.flatMap((root) => (root ? [join(root, 'include', 'node')] : [])).find(hasHeaders);
  if (found !== undefined) return found;
  const asked = await tryCommand('npm', ['config', 'get', 'nodedir'], { timeoutMs: 30_000 });
  const nodedir = join(tellingLine(asked.output), 'include', 'node');
  return asked.code === 0 && hasHeaders(nodedir) ? nodedir : undefined;
}

function hasHeaders(folder: string): boolean {
  return existsSync(join(folder, 'node_api.h'));
}

/**
 * Finds every tool, or says which are missing.
 *
 * @throws MissingPiece naming all that were not found.
 */
export async function findTools(): Promise<Tools> {
  const [python, compiler, nodeHeaders] = await Promise.all([
    findPython('pip'),
    findCompiler(),
    findNodeHeaders(),
  ]);
  if (python !== undefined && compiler !== undefined && nodeHeaders !== undefined) {
    return { python, compiler, nodeHeaders };
  }
  const missing = [
    python === undefined ? 'Python 3 with pip' : [],
    compiler === undefined ? 'a C++ compiler (g++, c++ or clang++)' : [],
    nodeHeaders === undefined ? "Node's headers (npm's nodedir setting, or ../include/node beside node)" : [],
  ].flat();
  throw new MissingPiece(`not found: ${missing.join('; ')}`);
}
