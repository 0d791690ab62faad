import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { beforeAll, describe, expect, it } from 'vitest';
import { PYTHON } from '../cli/python.js';
import { strata, temporaryFolder } from '../cli/run-strata.js';

const README = readFileSync('README.md', 'utf8');
const SNIPPETS = [...README.matchAll(/```python\n([\s\S]*?)```/g)].map(([, code]) => code ?? '');

describe('README', () => {
  it('links to files that are there', () => {
    const links = [...README.matchAll(/\]\((?!https?:|#)([^)]+)\)/g)].map(([, link]) => link ?? '');
    expect(links.length).toBeGreaterThan(3);
    expect(links.filter((link) => !existsSync(link))).toEqual([]);
  });

  it('names every command of the command line', async () => {
    const { stdout } = await strata(['--help']);
    const commands = [...stdout.matchAll(/^ {2}strata (\w+)/gm)].map(([, name]) => name ?? '');
    expect(commands.length).toBeGreaterThan(9);
    expect(commands.filter((name) => !README.includes(`strata ${name}`))).toEqual([]);
  });
});

describe.skipIf(!existsSync(PYTHON))('the Python snippets of the README', async () => {
  const folder = await temporaryFolder();

  beforeAll(async () => {
    const [cache, run] = [
      join(folder, 'data/cache/glyphs-glyphnet'),
      join(folder, 'data/runs/glyphs-glyphnet'),
    ];
    const small = ['--limit', '200', '--taps', 'merges'];
    expect((await strata(['extract', ...small, '--cache', cache])).code).toBe(0);
    expect(
      (await strata(['probe', '--cache', cache, '--out', run, '--labels', 'label', '--l2', '0.1'])).code,
    ).toBe(0);
    const parquet = join(folder, 'data/cache/parquet');
    expect((await strata(['extract', ...small, '--cache', parquet, '--format', 'parquet'])).code).toBe(0);
  });

  it('are one each for pandas, polars and DuckDB', () => {
    for (const name of ['pandas', 'polars', 'duckdb']) {
      expect(SNIPPETS.filter((code) => code.includes(`import ${name}`))).toHaveLength(1);
    }
  });

  it.each(SNIPPETS.map((code) => [code.split('\n')[0], code]))('run: %s', async (_, code) => {
    const { stdout } = await promisify(execFile)(resolve(PYTHON), ['-c', code ?? ''], { cwd: folder });
    expect(stdout.trim()).not.toBe('');
  });
});
