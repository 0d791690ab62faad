import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, existsSync } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';
import { userCache } from '../../src/backend/user-cache.js';
import { PARTIAL } from './fetch-library.js';
import { CHROMIUM_VERSION, chromiumFolder } from './find-chromium.js';
import { MissingPiece, tellingLine, tryCommand } from './run-command.js';
import { sealFolder } from './sealed-folder.js';

const PACKAGE = `@sparticuz/chromium@${CHROMIUM_VERSION}`;
const SHA512 = 'jiGWqSvPMdu4+P9TilYqAR7yEGPEHINx+lCvE/NqNO/EHYzF/x1hUiI5T6ioVIt7dEy7n88byyT0vk+dnsgQwA==';

/** The fonts that the package holds, and those of the machine. */
const FONTS_CONF = `<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "fonts.dtd">
<fontconfig>
  <dir prefix="relative">fonts</dir>
  <dir>/usr/share/fonts</dir>
  <cachedir prefix="xdg">fontconfig</cachedir>
</fontconfig>
`;

async function run(command: string, args: readonly string[], what: string): Promise<string> {
  const { code, output } = await tryCommand(command, args);
  if (code !== 0) throw new MissingPiece(`${what} (${tellingLine(output)})`);
  return output;
}

/** Downloads the package's file into a folder, and returns its path. */
async function download(folder: string): Promise<string> {
  const args = ['pack', PACKAGE, '--pack-destination', folder, '--loglevel=error', '--fetch-retries=1'];
  const file = join(folder, tellingLine(await run('npm', args, `npm could not download ${PACKAGE}`)));
  const sha512 = createHash('sha512')
    .update(await readFile(file))
    .digest('base64');
  if (sha512 !== SHA512) throw new MissingPiece(`${basename(file)} has another sha512: ${sha512}`);
  return file;
}

async function decompress(source: string, target: string): Promise<void> {
  await pipeline(createReadStream(source), createBrotliDecompress(), createWriteStream(target));
}

/** Unpacks the browser, its libraries (`lib/`) and its fonts (`fonts/`) from the package's file. */
async function unpack(file: string, target: string): Promise<void> {
  const packed = join(target, 'packed');
  await mkdir(packed, { recursive: true });
  await run('tar', ['-xzf', file, '-C', packed], 'the package could not be unpacked');
  const bin = join(packed, 'package', 'bin');
  for (const name of ['al2023', 'fonts']) {
    const tar = join(packed, `${name}.tar`);
    await decompress(join(bin, `${name}.tar.br`), tar);
    await run('tar', ['-xf', tar, '-C', target], `${name} could not be unpacked`);
  }
  await decompress(join(bin, 'chromium.br'), join(target, 'chromium'));
  await chmod(join(target, 'chromium'), 0o755);
  await writeFile(join(target, 'fonts.conf'), FONTS_CONF);
  await rm(packed, { recursive: true });
}

/**
 * Fetches a headless Chromium from the npm registry into the user's cache, once for all clones: 70 MB, 212 MB unpacked.
 *
 * @throws MissingPiece where there is none for this machine, or the download does not succeed.
 */
export async function fetchChromium(): Promise<void> {
  if (process.platform !== 'linux' || process.arch !== 'x64')
    throw new MissingPiece(`${PACKAGE} is for Linux on x64, not for ${process.platform} on ${process.arch}`);
  await mkdir(userCache(), { recursive: true });
  const work = await mkdtemp(join(userCache(), PARTIAL));
  try {
    const target = join(work, 'chromium');
    await unpack(await download(work), target);
    await sealFolder(target);
    await rm(chromiumFolder(), { recursive: true, force: true });
    await rename(target, chromiumFolder());
  } catch (error) {
    // Another set-up may have put the same folder there meanwhile.
    if (!existsSync(chromiumFolder())) throw error;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}
