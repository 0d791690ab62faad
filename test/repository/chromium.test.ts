import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchChromium } from '../../scripts/setup/fetch-chromium.js';
import { chromiumFolder, findChromium } from '../../scripts/setup/find-chromium.js';

let folder = '';
const before = { ...process.env };

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'strata-chromium-'));
  process.env.PATH = join(folder, 'bin');
  process.env.XDG_CACHE_HOME = folder;
  delete process.env.CHROMIUM;
  mkdirSync(join(folder, 'bin'));
});

afterEach(() => {
  process.env = { ...before };
  rmSync(folder, { recursive: true, force: true });
});

/** A command on the path that does what a line of shell says. */
function command(name: string, line: string): string {
  const path = join(folder, 'bin', name);
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
  return path;
}

describe('findChromium', () => {
  it('takes what CHROMIUM names, else a browser on the path, else the one that was fetched', () => {
    expect(findChromium()).toBeUndefined();
    mkdirSync(chromiumFolder(), { recursive: true });
    expect(findChromium()).toEqual({
      path: join(chromiumFolder(), 'chromium'),
      environment: {
        LD_LIBRARY_PATH: join(chromiumFolder(), 'lib'),
        FONTCONFIG_FILE: join(chromiumFolder(), 'fonts.conf'),
      },
    });
    const installed = command('google-chrome', '');
    expect(findChromium()).toEqual({ path: installed, environment: {} });
    process.env.CHROMIUM = '/opt/chrome';
    expect(findChromium()).toEqual({ path: '/opt/chrome', environment: {} });
  });
});

describe.skipIf(process.platform !== 'linux' || process.arch !== 'x64')('fetchChromium', () => {
  it('says why npm gave nothing, and leaves nothing behind', async () => {
    command('npm', 'echo "npm error 404 not here" >&2; exit 1');
    await expect(fetchChromium()).rejects.toThrow(/^npm could not download .* \(npm error 404 not here\)$/);
    expect(readdirSync(join(folder, 'strata'))).toEqual([]);
  });

  it('refuses a file that is not the one it knows', async () => {
    process.env.PATH = [process.env.PATH, before.PATH].join(delimiter);
    command(
      'npm',
      'for each; do [ "$last" != --pack-destination ] || to=$each; last=$each; done; echo x >"$to/a.tgz"; echo a.tgz',
    );
    await expect(fetchChromium()).rejects.toThrow('a.tgz has another sha512: ');
    expect(readdirSync(join(folder, 'strata'))).toEqual([]);
  });
});
