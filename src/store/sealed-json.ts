import { DamagedCacheError, messageOf } from '../errors.js';
import { canonicalJson, type Json, sha256Hex } from '../fingerprint.js';

type JsonObject = { readonly [name: string]: Json };

/**
 * Renders a record as a JSON text that notices its own damage: sorted keys, two spaces, and a last field
 * `check`, the sha256 of the rest's canonical JSON. Equal records give equal bytes.
 */
export function sealJson(record: JsonObject): string {
  const { check: _, ...fields } = JSON.parse(canonicalJson(record)) as JsonObject;
  return `${JSON.stringify({ ...fields, check: sha256Hex(canonicalJson(fields)) }, null, 2)}\n`;
}

/**
 * Reads what {@link sealJson} wrote. Any byte that is not as written is found: one inside a value by the
 * check, any other because the text is not its own rendering.
 *
 * @throws DamagedCacheError naming `file`.
 */
export function unsealJson(file: string, bytes: Uint8Array): Json {
  let record: JsonObject;
  try {
    record = JSON.parse(Buffer.from(bytes).toString('utf8')) as JsonObject;
  } catch (error) {
    throw new DamagedCacheError(file, `not JSON (${messageOf(error)})`, { cause: error });
  }
  const isRecord = record !== null && typeof record === 'object' && !Array.isArray(record);
  if (!isRecord || !Buffer.from(sealJson(record)).equals(bytes)) {
    throw new DamagedCacheError(file, 'its text does not match its own check');
  }
  const { check: _, ...fields } = record;
  return fields;
}
