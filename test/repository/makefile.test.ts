import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const MAKEFILE = join(import.meta.dirname, '..', '..', 'Makefile');
const ENVIRONMENT = { PATH: process.env.PATH, HOME: process.env.HOME };

let folder = '';

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-make-'));
  const strata = join(folder, 'strata');
  // Stands in for the command: writes its arguments down, a line each, and ends as `exits` says.
  writeFileSync(
    strata,
    '#!/bin/sh\nprintf "%s\\n" "$@" END >>calls\n[ "$1" != extract ] || exit $(cat exits)\n',
  );
  chmodSync(strata, 0o755);
  extractExits(0);
});

afterEach(() => rmSync(folder, { recursive: true, force: true }));

function extractExits(code: number): void {
  writeFileSync(join(folder, 'exits'), `${code}`);
}

/** Runs make with the stand-in, taking set-up for done; returns make's exit code and the calls it made. */
function make(...args: readonly string[]) {
  rmSync(join(folder, 'calls'), { force: true });
  const fixed = ['-f', MAKEFILE, '-C', folder, '-o', 'setup', 'STRATA=./strata'];
  const { status, stderr } = spawnSync('make', [...fixed, ...args], { env: ENVIRONMENT, encoding: 'utf8' });
  const log = join(folder, 'calls');
  const text = existsSync(log) ? readFileSync(log, 'utf8') : '';
  return {
    status,
    stderr,
    calls: text
      .split('END\n')
      .filter((call) => call !== '')
      .map((call) => call.trimEnd().split('\n')),
  };
}

function makeCache(path: string): void {
  mkdirSync(join(folder, path), { recursive: true });
  writeFileSync(join(folder, path, 'manifest.json'), '{}');
}

describe('make extract', () => {
  it('passes nothing when no variable is set', () => {
    expect(make('extract').calls).toEqual([['extract']]);
  });

  it('turns each variable into the flag of its name, whatever is in the value', () => {
    const { calls } = make(
      'extract',
      'DATASET=folder:/my imgs/*\'s "x"',
      'TAPS=add_*,relu?',
      'LIMIT=10',
      'OUT=no',
    );
    expect(calls).toEqual([
      ['extract', '--dataset', 'folder:/my imgs/*\'s "x"', '--taps', 'add_*,relu?', '--limit', '10'],
    ]);
  });

  it('passes ARGS on as shell words', () => {
    const { calls } = make('extract', "ARGS=--dry-run --classes 'a b'");
    expect(calls).toEqual([['extract', '--dry-run', '--classes', 'a b']]);
  });

  it('fails where samples were quarantined', () => {
    extractExits(3);
    expect(make('extract').status).toBe(2);
  });
});

describe('make probe', () => {
  it('extracts first where there is no cache', () => {
    const { calls, status } = make(
      'probe',
      'CACHE=my cache',
      'MODEL=m',
      'L2=1e-3',
      'SEED=7',
      'LABELS=colour',
    );
    expect(status).toBe(0);
    expect(calls).toEqual([
      ['extract', '--model', 'm', '--cache', 'my cache', '--seed', '7'],
      ['probe', '--cache', 'my cache', '--labels', 'colour', '--l2', '1e-3', '--seed', '7'],
    ]);
  });

  it('extracts nothing where there is one', () => {
    makeCache('data/cache/glyphs-glyphnet');
    makeCache('my cache');
    expect(make('probe').calls).toEqual([['probe']]);
    expect(make('probe', 'CACHE=my cache').calls).toEqual([['probe', '--cache', 'my cache']]);
  });

  it.each(['step=0', 'seed=1/step=0'])(
    'extracts nothing where there are those of checkpoints: %s',
    (cache) => {
      makeCache(join('my net', cache));
      expect(make('probe', 'CACHE=my net').calls).toEqual([['probe', '--cache', 'my net']]);
    },
  );

  it('goes on after an extraction with quarantined samples', () => {
    extractExits(3);
    expect(make('probe').calls.map(([command]) => command)).toEqual(['extract', 'probe']);
  });

  it('stops at a failed extraction and takes it up again the next time, though there is a manifest', () => {
    extractExits(130);
    makeCache('other');
    const stopped = make('probe', 'CACHE=half');
    expect(stopped.status).toBe(2);
    expect(stopped.calls).toEqual([['extract', '--cache', 'half']]);
    makeCache('half');
    extractExits(0);
    expect(make('probe', 'CACHE=other').calls).toHaveLength(1);
    expect(make('probe', 'CACHE=half').calls).toHaveLength(2);
    expect(make('probe', 'CACHE=half').calls).toHaveLength(1);
  });

  it('asks for the name of the cache of another data set', () => {
    const { status, stderr, calls } = make('probe', 'DATASET=idx:d');
    expect(status).toBe(2);
    expect(stderr).toContain('CACHE=');
    expect(calls).toEqual([]);
  });
});

describe('make report', () => {
  it('gives OUT as the run', () => {
    expect(make('report', 'OUT=data/runs/my run').calls).toEqual([['report', 'data/runs/my run']]);
    expect(make('report').calls).toEqual([['report']]);
  });
});

describe('make help', () => {
  it('lists every target that is documented', () => {
    const targets = [...readFileSync(MAKEFILE, 'utf8').matchAll(/^([a-z-]+):.*## /gm)].map(
      (match) => match[1],
    );
    const { stdout } = spawnSync('make', ['help'], { cwd: join(MAKEFILE, '..'), encoding: 'utf8' });
    expect(targets).toEqual(expect.arrayContaining(['setup', 'extract', 'probe', 'report', 'test', 'clean']));
    for (const target of targets) expect(stdout).toMatch(new RegExp(`^make ${target} +\\S`, 'm'));
  });

  it('names the experiments that there are', () => {
    const root = join(MAKEFILE, '..');
    const { stdout } = spawnSync('make', ['help'], { cwd: root, encoding: 'utf8' });
    const script = ['scripts/experiments/run.ts', 'no-such-experiment'];
    const { stderr, status } = spawnSync('node_modules/.bin/tsx', script, { cwd: root, encoding: 'utf8' });
    const known = /known: (.*)\)/.exec(stderr)?.[1]?.split(', ');
    expect([status, known]).toEqual([2, /^experiments: (.*)$/m.exec(stdout)?.[1]?.split(' ')]);
  });
});
