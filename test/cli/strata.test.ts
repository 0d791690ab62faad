import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

/** The built launcher: a CommonJS module, which vitest cannot read as TypeScript. */
const LAUNCHER = join(import.meta.dirname, '..', '..', 'dist', 'cli', 'strata.cjs');
const { poolSize } = createRequire(import.meta.url)(LAUNCHER) as { poolSize: (cores: number) => number };

/** Stands in for the command: prints the variable, and how many threads the process has. */
const COMMAND = `import { readdirSync, existsSync } from 'node:fs';
const tasks = '/proc/self/task';
console.log(process.env.UV_THREADPOOL_SIZE, existsSync(tasks) ? readdirSync(tasks).length : 0);`;

describe('the size of the thread pool', () => {
  it('lets every core decode while two threads wait for the disk', () => {
    expect([1, 2, 8, 32].map(poolSize)).toEqual([4, 4, 10, 34]);
  });

  it('ends at what one JavaScript thread can keep in work', () => {
    expect([62, 64, 256].map(poolSize)).toEqual([64, 64, 64]);
  });
});

describe('the launcher', () => {
  const folder = mkdtempSync(join(tmpdir(), 'strata-launcher-'));

  beforeAll(() => {
    copyFileSync(LAUNCHER, join(folder, 'strata.cjs'));
    writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
    writeFileSync(join(folder, 'main.js'), COMMAND);
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function launch(size?: number): { size: number; threads: number } {
    const { UV_THREADPOOL_SIZE: _, ...env } = process.env;
    if (size !== undefined) env.UV_THREADPOOL_SIZE = String(size);
    const { stdout } = spawnSync(process.execPath, [join(folder, 'strata.cjs')], { env, encoding: 'utf8' });
    const [set = 0, threads = 0] = stdout.split(' ').map(Number);
    return { size: set, threads };
  }

  it('sets the size before the command runs, unless the user has', () => {
    expect(launch().size).toBe(poolSize(availableParallelism()));
    expect(launch(7).size).toBe(7);
  });

  it.skipIf(!existsSync('/proc/self/task'))('gives the pool that many threads', () => {
    const rest = launch(1).threads - 1;
    expect(rest).toBeGreaterThan(0);
    expect(launch().threads - rest).toBe(poolSize(availableParallelism()));
    expect(launch(19).threads - rest).toBe(19);
  });
});
