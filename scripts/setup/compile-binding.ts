import { existsSync, readdirSync } from 'node:fs';
import { mkdir, mkdtemp, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { userCache } from '../../src/backend/user-cache.js';
import { contentKey } from './content-key.js';
import type { Tools } from './find-tools.js';
import { MissingPiece, tellingLine, tryCommand } from './run-command.js';
import { folderProblem, sealFolder } from './sealed-folder.js';

/**
 * The native modules that strata loads, by file name: tfjs-node's own binding, and ours, of which one quiets its start,
 * one runs graphs, one trains probes, one hashes files and one resamples images.
 */
export const NATIVE_MODULES = [
  'tfjs_binding.node',
  'quiet.node',
  'session.node',
  'softmax.node',
  'hash.node',
  'resample.node',
] as const;

/** The sources of our own modules, and what they include. */
export const NATIVE_SOURCES = [
  ...['quiet.cc', 'session.cc', 'softmax.cc', 'hash.cc', 'resample.cc'],
  ...[
    'resample-rows.h',
    'softmax-kernels.h',
    'softmax-exponentials.h',
    'softmax-doubles.h',
    'softmax-tiles.h',
    'softmax-split.h',
    'softmax-products.h',
    'softmax-rows.h',
    'softmax-task.h',
    'softmax-tasks.h',
    'softmax-exact.h',
    'softmax-descent.h',
    'softmax-steps.h',
    'softmax-vectors.h',
    'softmax-arguments.h',
    'softmax-module.h',
  ],
].map((name) => join(import.meta.dirname, name));
const [QUIET, SESSION, SOFTMAX, HASH, RESAMPLE] = NATIVE_SOURCES as [string, string, string, string, string];

function filesEnding(folder: string, ...endings: readonly string[]): readonly string[] {
  const names = readdirSync(folder).filter((name) => endings.some((ending) => name.endsWith(ending)));
  return names.sort().map((name) => join(folder, name));
}

function compilerArguments(library: string, nodeHeaders: string, bindingSources: string): readonly string[] {
  return [
    ...['-std=c++17', '-O2', '-fPIC', '-shared', '-DNAPI_VERSION=8', '-DBUILDING_NODE_EXTENSION'],
    ...[`-I${nodeHeaders}`, `-I${join(library, 'include')}`, `-I${bindingSources}`],
    ...[`-L${library}`, `-Wl,-rpath,${library}`],
  ];
}

async function compile(compiler: string, args: readonly string[]): Promise<void> {
  const { code, output } = await tryCommand(compiler, args);
  if (code !== 0)
    throw new MissingPiece(`${compiler} could not compile the binding (${tellingLine(output)})`);
}

async function compileInto(folder: string, library: string, sources: string, tools: Tools): Promise<void> {
  const shared = compilerArguments(library, tools.nodeHeaders, sources);
  const [binding, quiet, session, softmax, hash, resample] = NATIVE_MODULES.map((name) =>
    join(folder, name),
  ) as [string, string, string, string, string, string];
  const libraries = ['-l:libtensorflow_cc.so.2', '-l:libtensorflow_framework.so.2'];
  await Promise.all([
    compile(tools.compiler, [...filesEnding(sources, '.cc'), '-o', binding, ...shared, ...libraries]),
    compile(tools.compiler, [QUIET, '-o', quiet, ...shared, '-ldl']),
    compile(tools.compiler, [HASH, '-o', hash, ...shared]),
    compile(tools.compiler, [RESAMPLE, '-o', resample, ...shared, '-O3']),
    compile(tools.compiler, [SESSION, '-o', session, ...shared, ...libraries]),
    compile(tools.compiler, [
      SOFTMAX,
      '-o',
      softmax,
      ...shared,
      '-O3',
      '-fno-math-errno',
      '-Wno-psabi',
      '-lpthread',
    ]),
  ]);
}

/** Where the binding against an unpacked library lies, or will lie, compiled: keyed by sources and library. */
export function bindingFolder(unpacked: string, sources: string): string {
  const files = [...filesEnding(sources, '.cc', '.h'), ...NATIVE_SOURCES, import.meta.filename];
  return join(userCache(), `binding-${contentKey(files, unpacked, process.arch)}`);
}

/**
 * Compiles the binding of `@tensorflow/tfjs-node-gpu` against an unpacked library into {@link bindingFolder},
 * unless it is there and whole: a folder with {@link NATIVE_MODULES}, which load the library by its full path.
 *
 * @param sources - the package's `binding` folder.
 * @throws MissingPiece when the compiler refuses.
 */
export async function compileBinding(unpacked: string, sources: string, tools: Tools): Promise<void> {
  const target = bindingFolder(unpacked, sources);
  const isThere = existsSync(target);
  if (isThere && (await folderProblem(target, 'content')) === undefined) return;
  const work = await mkdtemp(join(userCache(), 'partial-'));
  try {
    await mkdir(join(work, 'binding'));
    await compileInto(join(work, 'binding'), join(unpacked, 'tensorflow'), sources, tools);
    await sealFolder(join(work, 'binding'));
    if (isThere) await rm(target, { recursive: true, force: true });
    await rename(join(work, 'binding'), target);
  } catch (error) {
    if (!existsSync(target) || (await folderProblem(target, 'content')) !== undefined) throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
