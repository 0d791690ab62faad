import { spawnSync } from 'node:child_process';
import { expect, it } from 'vitest';

/** What lies at the top of the repository, and nothing else: scratch files are swept in by `git add` easily. */
const TOP_LEVEL = [
  '.ci',
  '.github',
  '.gitignore',
  '.npmrc',
  'CHANGELOG.md',
  'LICENSE',
  'Makefile',
  'README.md',
  'biome.json',
  'data',
  'package-lock.json',
  'package.json',
  'scripts',
  'src',
  'test',
  'tsconfig.build.json',
  'tsconfig.json',
  'vitest.config.ts',
];

it('the top level holds what it is to hold, and no more', ({ skip }) => {
  const { status, stdout } = spawnSync('git', ['ls-files', '-z'], { encoding: 'utf8' });
  if (status !== 0) skip('this is no git checkout');
  const names = new Set(stdout.split('\0').flatMap((path) => (path === '' ? [] : [path.split('/')[0]!])));
  expect([...names].sort()).toEqual(TOP_LEVEL);
});
