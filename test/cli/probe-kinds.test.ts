import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Measurement } from '../../src/probe/measurement.js';
import { strata, temporaryFolder } from './run-strata.js';

describe('strata probe --probe', async () => {
  const folder = await temporaryFolder();
  const cache = join(folder, 'cache');
  const probe = (kind: string, ...rest: string[]) =>
    strata([
      'probe',
      '--cache',
      cache,
      '--out',
      join(folder, kind),
      '--probe',
      kind,
      '--taps',
      'add_1,add_2',
      ...rest,
    ]);

  it('extracts a small cache', async () => {
    const { code } = await strata(['extract', '--limit', '120', '--cache', cache]);
    expect(code).toBe(0);
  });

  it.each([
    ['ridge', 'left out', 6],
    ['lda', 'gap', 6],
    ['centroid', 'gap', 1],
  ])('%s prints the table, writes the run and its report', async (kind, heading, candidates) => {
    const { code, stdout } = await probe(kind, '--labels', 'label,random');
    expect(code).toBe(0);
    expect(stdout).toContain(heading);
    expect(stdout).toMatch(/chance: \d/);
    expect(stdout).not.toMatch(/NaN|undefined|not converged/);
    const run = JSON.parse(await readFile(join(folder, kind, 'run.json'), 'utf8'));
    expect(run.options.kind).toBe(kind);
    expect(run.options.l2).toHaveLength(candidates);
    expect(run.options).not.toHaveProperty('tolerance');
    expect(run.options).not.toHaveProperty('maxPasses');
    const again = await strata(['report', join(folder, kind)]);
    expect(again.code).toBe(0);
    const page = await readFile(join(folder, kind, 'report.html'), 'utf8');
    expect(page.replace(/<script.*?<\/script>/gs, '')).not.toMatch(/NaN|undefined/);
  });

  it('gives ridge probes alone a leave-one-out error', async () => {
    for (const [kind, candidates] of [
      ['ridge', 2],
      ['lda', 2],
      ['centroid', 1],
    ] as const) {
      const l2 = kind === 'centroid' ? [] : ['--l2', '1,1e-2'];
      const { stdout } = await probe(kind, '--json', '--labels', 'label', ...l2);
      const { measurements } = JSON.parse(stdout) as { measurements: Measurement[] };
      expect(measurements.filter(({ tap }) => tap === measurements[0]!.tap)).toHaveLength(candidates);
      for (const row of measurements) {
        expect([row.probe, row.optimalityGap, row.converged]).toEqual([kind, 0, true]);
        expect(row.leaveOneOut === null).toBe(kind !== 'ridge');
      }
    }
  });

  it('refuses l2 values for a kind that has none in one line', async () => {
    const { code, stderr } = await probe('centroid', '--l2', '1,0.1');
    expect(stderr).toBe('strata: --l2 is not for centroid probes: 1,0.1 (they have nothing to regularise)\n');
    expect(code).toBe(2);
  });
});
