import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { strata, temporaryFolder } from './run-strata.js';

describe('strata diagram', async () => {
  const folder = await temporaryFolder();
  const [cache, run] = [join(folder, 'cache'), join(folder, 'run')];
  beforeAll(async () => {
    await strata(['extract', '--cache', cache, '--limit', '60', '--taps', 'input,add_*']);
    await strata(['probe', '--cache', cache, '--out', run, '--labels', 'label', '--l2', '0.1']);
  });

  it('draws a model with a diode for each of its probes, as SVG on standard output', async () => {
    const { code, stdout } = await strata(['diagram', '--style', 'diode', '--taps', 'add_1,add_2']);
    expect(code).toBe(0);
    expect(stdout.startsWith('<svg')).toBe(true);
    expect(stdout).toContain('add_1');
    expect(stdout).toContain('2 of them with a probe');
  });

  it('collapses layers without a probe as far as it is told', async () => {
    const drawn = (collapse: string) =>
      strata(['diagram', '--taps', 'add_6', '--collapse', collapse]).then(({ stdout }) => stdout);
    expect(await drawn('none')).toContain('BatchNormalization</text>');
    expect((await drawn('chains')).match(/ layers<\/text>/g)!.length).toBeGreaterThan(5);
    expect((await drawn('modules')).match(/ layers<\/text>/g)!.length).toBeLessThan(5);
  });

  it('draws a run with its errors, and says where it put the picture', async () => {
    const out = join(folder, 'network.svg');
    const { code, stdout, stderr } = await strata(['diagram', run, '--out', out]);
    expect([code, stdout]).toEqual([0, '']);
    expect(stderr).toContain(`written: ${out}`);
    const own = await readFile(join(run, 'network.label.svg'), 'utf8');
    expect(await readFile(out, 'utf8')).toBe(own);
  });

  it('writes a PNG where the name asks for one', async () => {
    const out = join(folder, 'network.png');
    expect((await strata(['diagram', run, '--style', 'diode', '--out', out])).code).toBe(0);
    expect([...(await readFile(out)).subarray(0, 4)]).toEqual([0x89, 0x50, 0x4e, 0x47]);
  });

  it.each([
    [['--out', 'network.gif'], '--out must end in .svg or .png: network.gif'],
    [['--out', '/nowhere/network.svg'], '--out: no such folder: /nowhere'],
    [['--labels', 'tone'], '--labels is for a run'],
    [['--taps', 'nothing'], 'tap not found: nothing'],
    [['--style', 'round'], 'network, diode'],
  ])('refuses %j in one line', async (args, message) => {
    const { code, stderr, stdout } = await strata(['diagram', ...args]);
    expect(stderr).toContain(message);
    expect(stderr.trim().split('\n')).toHaveLength(1);
    expect([code, stdout]).toEqual([2, '']);
  });

  it('refuses taps and unknown label sets of a run', async () => {
    const taps = await strata(['diagram', run, '--taps', 'add_1']);
    expect([taps.code, taps.stderr]).toEqual([2, expect.stringContaining('--taps is for a model')]);
    const labels = await strata(['diagram', run, '--labels', 'tone']);
    expect([labels.code, labels.stderr]).toEqual([2, expect.stringContaining('label set not found: tone')]);
  });
});
