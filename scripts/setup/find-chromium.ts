import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { userCache } from '../../src/backend/user-cache.js';

/** The version of the npm package `@sparticuz/chromium`, which holds a headless Chromium and the libraries that it needs. */
export const CHROMIUM_VERSION = '153.0.0';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable', 'chrome'];

/** A browser and what its environment needs besides. */
export interface Chromium {
  readonly path: string;
  readonly environment: Readonly<Record<string, string>>;
}

/** Where the fetched browser lies, or will lie. A folder that exists is complete. */
export function chromiumFolder(): string {
  return join(userCache(), `chromium-${CHROMIUM_VERSION}-${process.arch}`);
}

/** The browser of this machine: what `CHROMIUM` names, else one on the path, else the one that was fetched; or undefined. */
export function findChromium(): Chromium | undefined {
  const named = process.env.CHROMIUM;
  if (named !== undefined && named !== '') return { path: named, environment: {} };
  const folders = (process.env.PATH ?? '').split(delimiter);
  const installed = folders.flatMap((folder) => NAMES.map((name) => join(folder, name))).find(existsSync);
  if (installed !== undefined) return { path: installed, environment: {} };
  const folder = chromiumFolder();
  if (!existsSync(folder)) return undefined;
  const environment = { LD_LIBRARY_PATH: join(folder, 'lib'), FONTCONFIG_FILE: join(folder, 'fonts.conf') };
  return { path: join(folder, 'chromium'), environment };
}
