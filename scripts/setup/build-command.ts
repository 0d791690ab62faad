import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { chmod, cp, readlink, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { contentKey, PROJECT } from './content-key.js';
import { tryCommand } from './run-command.js';

const DIST = join(PROJECT, 'dist');
const COMMAND = join('cli', 'strata.cjs');
// What goes into report.html as it stands.
const PAGE = join('report', 'page');
const KEY_FILE = '.built-from';
const LINK = join(PROJECT, 'node_modules', '.bin', 'strata');
const LINK_TARGET = join('..', '..', 'dist', COMMAND);

function sourceKey(): string {
  const sources = readdirSync(join(PROJECT, 'src'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && /\.(c?ts|js)$/.test(entry.name))
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const settings = ['tsconfig.json', 'tsconfig.build.json', 'package-lock.json'];
  return contentKey([...sources, ...settings.map((name) => join(PROJECT, name))]);
}

function isBuilt(key: string): boolean {
  const keyFile = join(DIST, KEY_FILE);
  return existsSync(keyFile) && readFileSync(keyFile, 'utf8') === key && existsSync(join(DIST, COMMAND));
}

function isNoSetting(path: string): boolean {
  return !path.endsWith('.json');
}

async function compileSources(key: string): Promise<void> {
  const fresh = join(PROJECT, '.setup', `dist-${process.pid}`);
  const compiler = join(PROJECT, 'node_modules', '.bin', 'tsc');
  try {
    const project = join(PROJECT, 'tsconfig.build.json');
    const { code, output } = await tryCommand(compiler, [
      '-p',
      project,
      '--outDir',
      fresh,
      '--pretty',
      'false',
    ]);
    if (code !== 0)
      throw new Error(`tsc refused src/:\n${output.trimEnd().split('\n').slice(-20).join('\n')}`);
    await cp(join(PROJECT, 'src', PAGE), join(fresh, PAGE), { recursive: true, filter: isNoSetting });
    await chmod(join(fresh, COMMAND), 0o755);
    await writeFile(join(fresh, KEY_FILE), key);
    await rm(DIST, { recursive: true, force: true });
    await rename(fresh, DIST);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function linkCommand(): Promise<void> {
  if ((await readlink(LINK).catch(() => undefined)) === LINK_TARGET) return;
  const temporary = `${LINK}.${process.pid}.tmp`;
  await symlink(LINK_TARGET, temporary);
  await rename(temporary, LINK);
}

/**
 * Compiles src/ into dist/ and links `strata` into node_modules/.bin, where npx finds it; does only what is not done yet.
 *
 * @param announce - called before work that takes more than a moment.
 */
export async function buildCommand(announce: (what: string) => void): Promise<void> {
  const key = sourceKey();
  if (!isBuilt(key)) {
    announce('compiling src/ into dist/');
    await compileSources(key);
  }
  await linkCommand();
}
