import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { hashModule } from './tensorflow-package.js';

/** What `hash.cc` exports; nothing where Node was linked with another library of ciphers. */
interface NativeHash {
  readonly sha256?: (bytes: Uint8Array) => Promise<Uint8Array>;
}

let loaded: NativeHash | undefined;

function nativeHash(): NativeHash {
  if (loaded !== undefined) return loaded;
  const module = { exports: {} };
  if (existsSync(hashModule())) process.dlopen(module, hashModule());
  loaded = module.exports;
  return loaded;
}

/** Fewer bytes than these are hashed within about a millisecond: no thread is worth it, nor loading the module. */
const WORTH_A_THREAD = 2 ** 18;

/**
 * The sha256 of some bytes in hexadecimal: by our own native module in a thread beside JavaScript, so that several
 * files are hashed at once; small ones, and where it is not installed all, by Node.
 *
 * @param bytes - not to be written to before the promise is settled.
 */
export async function sha256Of(bytes: Uint8Array): Promise<string> {
  const { sha256 } = bytes.length < WORTH_A_THREAD ? {} : nativeHash();
  if (sha256 === undefined) return createHash('sha256').update(bytes).digest('hex');
  return Buffer.from(await sha256(bytes)).toString('hex');
}
