import { createHash } from 'node:crypto';

/** Any JSON value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [name: string]: Json };

/** The sha256 of bytes, or of a string as UTF-8, in hexadecimal. */
export function sha256Hex(data: string | Uint8Array): string {
  return createHash('sha256').update(data).digest('hex');
}

/**
 * The one JSON text of a value: keys sorted, no white space, so that equal values give equal bytes.
 *
 * @throws TypeError for a number that JSON cannot hold (NaN, Infinity).
 */
export function canonicalJson(value: Json): string {
  if (typeof value === 'number' && !Number.isFinite(value)) {
    throw new TypeError(`not a JSON number: ${value}`);
  }
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  const fields = sortedKeys(value).map((key) => `${JSON.stringify(key)}:${canonicalJson(value[key]!)}`);
  return `{${fields.join(',')}}`;
}

/** Where two values first differ: `undefined` stands for a field that one side lacks. */
export interface Difference {
  /** `preprocess.mean[1]`; empty for the values themselves. */
  readonly path: string;
  readonly left: Json | undefined;
  readonly right: Json | undefined;
}

/** The first place, in the order of sorted keys, where `a` and `b` differ; undefined when they are equal. */
export function firstDifference(a: Json, b: Json): Difference | undefined {
  return differenceAt('', a, b);
}

function differenceAt(path: string, left: Json | undefined, right: Json | undefined): Difference | undefined {
  if (left === undefined || right === undefined) {
    return left === right ? undefined : { path, left, right };
  }
  if (isArray(left) && isArray(right)) return arrayDifference(path, left, right);
  if (isObject(left) && isObject(right)) return objectDifference(path, left, right);
  return canonicalJson(left) === canonicalJson(right) ? undefined : { path, left, right };
}

function arrayDifference(path: string, left: readonly Json[], right: readonly Json[]) {
  for (let index = 0; index < Math.max(left.length, right.length); index++) {
    const found = differenceAt(`${path}[${index}]`, left[index], right[index]);
    if (found) return found;
  }
  return undefined;
}

function objectDifference(path: string, left: JsonObject, right: JsonObject): Difference | undefined {
  for (const key of sortedKeys({ ...left, ...right })) {
    const found = differenceAt(fieldPath(path, key), left[key], right[key]);
    if (found) return found;
  }
  return undefined;
}

type JsonObject = { readonly [name: string]: Json };

function isArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}

function sortedKeys(value: JsonObject): string[] {
  return Object.keys(value)
    .filter((key) => value[key] !== undefined)
    .sort();
}

function fieldPath(path: string, key: string): string {
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${path}[${JSON.stringify(key)}]`;
  return path === '' ? key : `${path}.${key}`;
}
