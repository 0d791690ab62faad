import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { contentKey } from '../../scripts/setup/content-key.js';
import { fetchLibrary, libraryFolder } from '../../scripts/setup/fetch-library.js';
import { findCompiler, findNodeHeaders, findPython } from '../../scripts/setup/find-tools.js';
import { MissingPiece, tellingLine, tryCommand } from '../../scripts/setup/run-command.js';
import { folderProblem, sealFolder } from '../../scripts/setup/sealed-folder.js';
import {
  chooseVariant,
  pinnedVersion,
  VARIANTS,
  wheelList,
  wheelPlatforms,
} from '../../scripts/setup/tensorflow-variant.js';
import { UserError } from '../../src/errors.js';

let folder = '';
const before = { ...process.env };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-setup-'));
});

afterEach(() => {
  process.env = { ...before };
  rmSync(folder, { recursive: true, force: true });
});

describe('chooseVariant', () => {
  it('is cpu unless something is asked for', () => {
    expect(chooseVariant({})).toBe('cpu');
    expect(chooseVariant({ STRATA_TENSORFLOW: '' })).toBe('cpu');
    for (const variant of VARIANTS) expect(chooseVariant({ STRATA_TENSORFLOW: variant })).toBe(variant);
  });

  it('refuses any other word, naming it and the known ones', () => {
    const others = fc.string({ minLength: 1 }).filter((word) => !VARIANTS.some((known) => known === word));
    fc.assert(
      fc.property(others, (word) => {
        expect(() => chooseVariant({ STRATA_TENSORFLOW: word })).toThrow(UserError);
      }),
    );
    expect(() => chooseVariant({ STRATA_TENSORFLOW: 'tpu' })).toThrow('tpu (known: cpu, gpu, none)');
  });
});

describe('the pinned wheels', () => {
  it('are the same TensorFlow version for both variants', () => {
    expect(pinnedVersion(wheelList('cpu'))).toMatch(/^\d+\.\d+\.\d+$/);
    expect(pinnedVersion(wheelList('gpu'))).toBe(pinnedVersion(wheelList('cpu')));
  });

  it('exist for Linux on two architectures, for GPUs on one, and nowhere else', () => {
    expect(wheelPlatforms('cpu', 'linux', 'x64')[0]).toBe('manylinux_2_27_x86_64');
    expect(wheelPlatforms('cpu', 'linux', 'arm64')[0]).toBe('manylinux_2_27_aarch64');
    expect(wheelPlatforms('gpu', 'linux', 'arm64')).toEqual([]);
    expect(wheelPlatforms('cpu', 'darwin', 'arm64')).toEqual([]);
    expect(wheelPlatforms('cpu', 'win32', 'x64')).toEqual([]);
  });
});

describe('contentKey', () => {
  it('changes with a file, with its name and with what else counts', () => {
    const one = join(folder, 'one');
    const two = join(folder, 'two');
    writeFileSync(one, 'a');
    writeFileSync(two, 'a');
    const keys = [contentKey([one]), contentKey([two]), contentKey([one], 'x'), contentKey([one, two])];
    expect(new Set(keys).size).toBe(4);
    expect(contentKey([one])).toBe(keys[0]);
    writeFileSync(one, 'b');
    expect(contentKey([one])).not.toBe(keys[0]);
  });
});

describe('tryCommand', () => {
  it('returns the exit code and both streams', async () => {
    const script = 'console.log("out"); console.error("err"); process.exit(7)';
    const { code, output } = await tryCommand(process.execPath, ['-e', script]);
    expect(code).toBe(7);
    expect(output).toContain('out');
    expect(output).toContain('err');
  });

  it('takes a command that is not there for a missing piece', async () => {
    await expect(tryCommand(join(folder, 'nothing'), [])).rejects.toThrow(MissingPiece);
  });
});

describe('tellingLine', () => {
  it('prefers the last line that says error', () => {
    expect(tellingLine('ERROR: one\nERROR: two\nbye\n')).toBe('ERROR: two');
    expect(tellingLine('a\nb\n\n')).toBe('b');
    expect(tellingLine('')).toBe('no output');
  });
});

describe('on a machine with nothing on it', () => {
  it('no compiler and no Python are found', async () => {
    process.env.PATH = folder;
    expect(await findCompiler()).toBeUndefined();
    expect(await findPython('pip')).toBeUndefined();
  });

  it('headers are found where nodedir says', async () => {
    mkdirSync(join(folder, 'include', 'node'), { recursive: true });
    writeFileSync(join(folder, 'include', 'node', 'node_api.h'), '');
    process.env.npm_config_nodedir = folder;
    expect(await findNodeHeaders()).toBe(join(folder, 'include', 'node'));
  });
});

describe('a folder in the cache of the user', () => {
  it('is whole until any byte of any file changes, of the list of files too', async () => {
    mkdirSync(join(folder, 'lib'));
    writeFileSync(join(folder, 'a.node'), 'first');
    writeFileSync(join(folder, 'lib', 'b.so'), 'second');
    await sealFolder(folder);
    for (const check of ['content', 'sizes'] as const)
      expect(await folderProblem(folder, check)).toBeUndefined();
    for (const name of ['a.node', join('lib', 'b.so'), 'strata-contents.json']) {
      const path = join(folder, name);
      const bytes = readFileSync(path);
      for (const at of bytes.keys()) {
        const changed = Uint8Array.from(bytes);
        changed[at]! ^= 1 << (at % 8);
        writeFileSync(path, changed);
        expect(await folderProblem(folder, 'content'), `${name} ${at}`).toMatch(/ is not as it was written$/);
      }
      writeFileSync(path, bytes);
    }
    writeFileSync(join(folder, 'later'), 'not of the folder');
    expect(await folderProblem(folder, 'content')).toBeUndefined();
    writeFileSync(join(folder, 'a.node'), 'short');
    writeFileSync(join(folder, 'lib', 'b.so'), 'sec');
    expect(await folderProblem(folder, 'sizes')).toMatch(/b\.so has 3 bytes, not 6$/);
    rmSync(join(folder, 'a.node'));
    expect(await folderProblem(folder, 'sizes')).toMatch(/a\.node is missing$/);
  });

  it('of an earlier version is taken as it is, and watched from then on', async () => {
    writeFileSync(join(folder, 'a.node'), 'first');
    expect(await folderProblem(folder, 'content')).toBeUndefined();
    writeFileSync(join(folder, 'a.node'), 'thirs');
    expect(await folderProblem(folder, 'content')).toMatch(/a\.node is not as it was written$/);
  });
});

describe('fetchLibrary', () => {
  it('fetches a damaged library again', async () => {
    process.env.XDG_CACHE_HOME = folder;
    mkdirSync(libraryFolder('cpu'), { recursive: true });
    writeFileSync(join(libraryFolder('cpu'), 'lib.so'), 'whole');
    await sealFolder(libraryFolder('cpu'));
    writeFileSync(join(libraryFolder('cpu'), 'lib.so'), 'wHole');
    symlinkSync('/bin/false', join(folder, 'python'));
    await expect(fetchLibrary('cpu', join(folder, 'python'))).rejects.toThrow('pip could not download it');
  });

  it('takes a folder that is there for complete', async () => {
    process.env.XDG_CACHE_HOME = folder;
    mkdirSync(libraryFolder('cpu'), { recursive: true });
    await expect(fetchLibrary('cpu', join(folder, 'no-python'))).resolves.toBeUndefined();
  });

  it('leaves nothing behind when pip fails, and says why', async () => {
    process.env.XDG_CACHE_HOME = folder;
    symlinkSync('/bin/false', join(folder, 'python'));
    await expect(fetchLibrary('cpu', join(folder, 'python'))).rejects.toThrow('pip could not download it');
    expect((await tryCommand('ls', ['-A', join(folder, 'strata')])).output).toBe('');
  });
});
