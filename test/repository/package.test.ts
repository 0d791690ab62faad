import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = join(import.meta.dirname, '..', '..');

interface Package {
  readonly version: string;
  readonly license: string;
  readonly engines: { readonly node: string };
  readonly bin: Readonly<Record<string, string>>;
  readonly exports: Readonly<Record<string, string | Readonly<Record<string, string>>>>;
  readonly files: readonly string[];
  readonly dependencies: Readonly<Record<string, string>>;
  readonly optionalDependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

interface Lock {
  readonly packages: Readonly<
    Record<
      string,
      { readonly version?: string; readonly optionalDependencies?: Readonly<Record<string, string>> }
    >
  >;
}

function text(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

const declared = JSON.parse(text('package.json')) as Package;
const lock = JSON.parse(text('package-lock.json')) as Lock;

/** The source that a path below dist/ is built from; other paths stand for themselves. */
function sourceOf(path: string): string {
  const bare = path.replace(/^\.\//, '');
  return bare.startsWith('dist/')
    ? bare.replace(/^dist\//, 'src/').replace(/(\.d)?\.(c?)[jt]s$/, '.$2ts')
    : bare;
}

/** Names of package registries, taken apart so that this file does not hold one. */
const REGISTRY_HOSTS = [
  ['registry', 'npmjs', 'org'],
  ['registry', 'yarnpkg', 'com'],
  ['files', 'pythonhosted', 'org'],
  ['pypi', 'org'],
].map((parts) => parts.join('.'));

function trackedFiles(): readonly string[] {
  const names = execFileSync('git', ['ls-files', '-z'], { cwd: ROOT, encoding: 'utf8' }).split('\0');
  return names.filter((name) => name !== '' && existsSync(join(ROOT, name)));
}

describe('package.json', () => {
  it('names exact versions only', () => {
    const versions = Object.entries({
      ...declared.dependencies,
      ...declared.optionalDependencies,
      ...declared.devDependencies,
    });
    expect(versions.filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))).toEqual([]);
  });

  it('points its command and exports at sources that are there', () => {
    const targets = [
      ...Object.values(declared.bin),
      ...Object.values(declared.exports).flatMap((target) =>
        typeof target === 'string' ? [target] : Object.values(target),
      ),
    ];
    expect(targets.filter((target) => !existsSync(join(ROOT, sourceOf(target))))).toEqual([]);
  });

  it('has a command that a shell can start', () => {
    expect(text(sourceOf(declared.bin.strata ?? '')).split('\n')[0]).toBe('#!/usr/bin/env node');
  });

  it('ships files that are there or are built', () => {
    const missing = declared.files.filter((file) => file !== 'dist' && !existsSync(join(ROOT, file)));
    expect(missing).toEqual([]);
  });

  it('states the licence that LICENSE holds', () => {
    expect(declared.license).toBe('Apache-2.0');
    expect(text('LICENSE')).toContain('Apache License\n                           Version 2.0, January 2004');
    expect(text('LICENSE')).toContain('END OF TERMS AND CONDITIONS');
  });

  it('asks for a Node that this one satisfies', () => {
    const [major = 0, minor = 0] = /(\d+)\.(\d+)/.exec(declared.engines.node)?.slice(1).map(Number) ?? [];
    const [ourMajor = 0, ourMinor = 0] = process.versions.node.split('.').map(Number);
    expect(ourMajor * 1000 + ourMinor).toBeGreaterThanOrEqual(major * 1000 + minor);
    expect(major).toBeGreaterThanOrEqual(20);
  });

  it('has a version that CHANGELOG knows', () => {
    expect(text('CHANGELOG.md')).toContain(`## [${declared.version}]`);
  });
});

describe('package-lock.json', () => {
  it('locks the versions that package.json names', () => {
    const versions = Object.entries({
      ...declared.dependencies,
      ...declared.optionalDependencies,
      ...declared.devDependencies,
    });
    const different = versions.filter(
      ([name, version]) => lock.packages[`node_modules/${name}`]?.version !== version,
    );
    expect(different).toEqual([]);
  });

  // npm leaves out platforms' packages that its registry did not have, and `npm ci` then refuses the lock file.
  it('has an entry for the packages of every platform', () => {
    const paths = Object.keys(lock.packages);
    const wanted = Object.values(lock.packages).flatMap((entry) =>
      Object.keys(entry.optionalDependencies ?? {}),
    );
    expect(wanted.length).toBeGreaterThan(0);
    expect(wanted.filter((name) => !paths.some((path) => path.endsWith(`node_modules/${name}`)))).toEqual([]);
  });
});

describe.skipIf(!existsSync(join(ROOT, '.git')))('the tracked files', () => {
  it('name no package registry', () => {
    const naming = trackedFiles().filter((name) => {
      const content = readFileSync(join(ROOT, name), 'latin1');
      return REGISTRY_HOSTS.some((host) => content.includes(host));
    });
    expect(naming).toEqual([]);
  });

  it('leave out what is built or belongs to one machine', () => {
    const stray = /^(node_modules|dist|\.venv|\.setup|coverage|data\/(cache|runs))\//;
    expect(trackedFiles().filter((name) => stray.test(name))).toEqual([]);
  });
});
