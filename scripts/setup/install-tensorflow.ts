import { existsSync } from 'node:fs';
import { copyFile, mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import {
  readSetupRecord,
  type SetupRecord,
  setupRecordFile,
  tensorflowBinding,
  tensorflowPackage,
} from '../../src/backend/tensorflow-package.js';
import { bindingFolder, compileBinding, NATIVE_MODULES, NATIVE_SOURCES } from './compile-binding.js';
import { contentKey } from './content-key.js';
import { fetchLibrary, libraryFolder } from './fetch-library.js';
import { findTools } from './find-tools.js';
import { MissingPiece, tellingLine, tryCommand } from './run-command.js';
import { folderProblem } from './sealed-folder.js';
import { type LibraryVariant, type Variant, wheelList, wheelPlatforms } from './tensorflow-variant.js';

/** How the step ended: `unavailable` means that strata will compute with WebAssembly, for this reason. */
export type TensorflowOutcome =
  | { readonly kind: 'unchanged' | 'installed' | 'declined' }
  | { readonly kind: 'unavailable'; readonly reason: string };

function modulesFolder(): string {
  return dirname(tensorflowBinding());
}

function installKey(variant: LibraryVariant): string {
  const inputs = [wheelList(variant), ...NATIVE_SOURCES, join(import.meta.dirname, 'compile-binding.ts')];
  return contentKey(inputs, variant, libraryFolder(variant), process.arch);
}

async function isInstalled(variant: LibraryVariant): Promise<boolean> {
  const modules = NATIVE_MODULES.map((name) => join(modulesFolder(), name));
  const record = readSetupRecord();
  if (record?.kind !== 'installed' || record.key !== installKey(variant)) return false;
  if (![libraryFolder(variant), ...modules].every((path) => existsSync(path))) return false;
  return (await folderProblem(libraryFolder(variant), 'sizes')) === undefined;
}

async function replaceFile(path: string, write: (temporary: string) => Promise<void>): Promise<void> {
  const temporary = `${path}.${process.pid}.tmp`;
  await mkdir(dirname(path), { recursive: true });
  await write(temporary);
  await rename(temporary, path);
}

async function writeRecord(record: SetupRecord): Promise<void> {
  await replaceFile(setupRecordFile(), (temporary) => writeFile(temporary, JSON.stringify(record)));
}

async function uninstall(): Promise<void> {
  for (const name of NATIVE_MODULES) await rm(join(modulesFolder(), name), { force: true });
}

/** Loads the binding in a process of its own: a library that this CPU or C library cannot run ends there. */
async function checkBinding(folder: string): Promise<void> {
  const script = `const m = { exports: {} }; process.dlopen(m, ${JSON.stringify(join(folder, NATIVE_MODULES[0]))})`;
  const { code, output } = await tryCommand(process.execPath, ['-e', script], { timeoutMs: 120_000 });
  if (code !== 0) throw new MissingPiece(`the library does not run here (${tellingLine(output)})`);
}

const MISSING = 'missing';

async function problemOf(folder: string): Promise<string | undefined> {
  return existsSync(folder) ? await folderProblem(folder, 'content') : MISSING;
}

async function makeBinding(variant: LibraryVariant, announce: (what: string) => void): Promise<string> {
  if (wheelPlatforms(variant, process.platform, process.arch).length === 0) {
    throw new MissingPiece(
      `TensorFlow's ${variant} wheel is not made for ${process.platform} on ${process.arch}`,
    );
  }
  const library = libraryFolder(variant);
  const sources = join(tensorflowPackage(), 'binding');
  const binding = bindingFolder(library, sources);
  const problems = await Promise.all([library, binding].map(problemOf));
  const [damage] = problems.filter((problem) => problem !== MISSING && problem !== undefined);
  if (damage !== undefined) announce(`made anew, as it is damaged: ${damage}`);
  if (problems.every((problem) => problem === undefined)) return binding;
  const tools = await findTools();
  announce(`TensorFlow (${variant}): fetching the library, compiling the binding`);
  await fetchLibrary(variant, tools.python);
  await compileBinding(library, sources, tools);
  return binding;
}

async function copyBinding(folder: string): Promise<void> {
  for (const name of NATIVE_MODULES) {
    await replaceFile(join(modulesFolder(), name), (temporary) => copyFile(join(folder, name), temporary));
  }
}

/**
 * Puts the TensorFlow library of the chosen variant behind `@tensorflow/tfjs-node-gpu`, or takes it away.
 *
 * Whatever this machine lacks for it is an outcome, not an error, and is recorded for `strata doctor`;
 * the next call tries again.
 *
 * @param announce - called before work that takes more than a moment.
 */
export async function installTensorflow(
  variant: Variant,
  announce: (what: string) => void,
): Promise<TensorflowOutcome> {
  if (variant === 'none') {
    await uninstall();
    await writeRecord({ kind: 'none', reason: 'STRATA_TENSORFLOW=none was asked for' });
    return { kind: 'declined' };
  }
  if (await isInstalled(variant)) return { kind: 'unchanged' };
  try {
    const binding = await makeBinding(variant, announce);
    await checkBinding(binding);
    await copyBinding(binding);
  } catch (error) {
    if (!(error instanceof MissingPiece)) throw error;
    await uninstall();
    await writeRecord({ kind: 'none', reason: error.message });
    return { kind: 'unavailable', reason: error.message };
  }
  await writeRecord({ kind: 'installed', variant, key: installKey(variant) });
  return { kind: 'installed' };
}
