import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';
import { parse } from 'yaml';
import type { Options } from 'yargs';
import { messageOf, nearestName, UserError } from '../errors.js';

/** The options of one command, as yargs takes them, by their long names. */
export type CommandOptions = { readonly [name: string]: Options };

/** Checks that an option is given once, and is not empty. */
export function text(what: string) {
  return (value: unknown): string | undefined => {
    if (value === undefined) return undefined;
    if (Array.isArray(value)) throw new UserError(`--${what} is given more than once: ${value.join(', ')}`);
    if (String(value) === '') throw new UserError(`--${what} is empty`);
    return String(value);
  };
}

/** Checks that an option that may be given several times is not empty; commas are part of a value. */
export function texts(what: string) {
  return (value: unknown): readonly string[] | undefined => {
    if (value === undefined) return undefined;
    const values = (Array.isArray(value) ? value : [value]).map(String);
    if (values.length === 0 || values.includes('')) throw new UserError(`--${what} is empty`);
    return values;
  };
}

/** Turns `a,b` and repeated flags into one list. */
export function commaList(value: unknown): readonly string[] | undefined {
  if (value === undefined) return undefined;
  const parts = (Array.isArray(value) ? value : [value]).flatMap((part) => String(part).split(','));
  return parts.map((part) => part.trim()).filter((part) => part !== '');
}

/** Turns `1e-3,1e-4` into numbers. */
export function numberList(what: string) {
  return (value: unknown): readonly number[] | undefined =>
    commaList(value)?.map((part) => {
      const number = Number(part);
      if (!Number.isFinite(number)) throw new UserError(`--${what} is not a number: ${part}`);
      return number;
    });
}

/** Checks a whole number within bounds. */
export function wholeNumber(what: string, low: number, high = Number.MAX_SAFE_INTEGER) {
  return (value: unknown): number | undefined => {
    if (value === undefined) return undefined;
    const last: unknown = Array.isArray(value) ? value.at(-1) : value;
    const number = String(last).trim() === '' ? Number.NaN : Number(last);
    if (Number.isSafeInteger(number) && number >= low && number <= high) return number;
    const bounds = high === Number.MAX_SAFE_INTEGER ? `from ${low}` : `from ${low} to ${high}`;
    throw new UserError(`--${what} is not a whole number ${bounds}: ${String(value)}`);
  };
}

/** Checks that an option is one of a few words. */
export function oneOf<const T extends string>(what: string, choices: readonly T[]) {
  return (value: unknown): T | undefined => {
    if (value === undefined) return undefined;
    const found = choices.find((choice) => choice === String(value));
    if (found !== undefined) return found;
    throw new UserError(`--${what} is not one of ${choices.join(', ')}: ${String(value)}`);
  };
}

/** Checks a positive number. */
export function positiveNumber(what: string) {
  return (value: unknown): number | undefined => {
    if (value === undefined) return undefined;
    const number = Number(value);
    if (Number.isFinite(number) && number > 0) return number;
    throw new UserError(`--${what} is not a number above 0: ${String(value)}`);
  };
}

/** Turns `name=value` parts, or the fields of an object from a config file, into a map. */
export function pairs(what: string, example: string) {
  return (value: unknown): ReadonlyMap<string, string> | undefined => {
    const isObject = typeof value === 'object' && value !== null && !Array.isArray(value);
    const parts = commaList(
      isObject ? Object.entries(value).map(([name, each]) => `${name}=${each}`) : value,
    );
    if (parts === undefined) return undefined;
    return new Map(
      parts.map((part) => {
        const at = part.indexOf('=');
        if (at < 1 || at === part.length - 1) throw new UserError(`--${what} is not ${example}: ${part}`);
        return [part.slice(0, at), part.slice(at + 1)];
      }),
    );
  };
}

/** Turns `8GB`, `512MiB` or a number of bytes into bytes. */
export function byteCount(what: string) {
  return (value: unknown): number | undefined => {
    if (value === undefined) return undefined;
    const match = /^(\d+(?:\.\d+)?)\s*([kmgt]?)(i?)b?$/i.exec(String(value).trim());
    if (match === null)
      throw new UserError(`--${what} is not a size: ${String(value)} (such as 8GB, 512MiB)`);
    const power = ' kmgt'.indexOf((match[2] ?? '').toLowerCase() || ' ');
    return Math.round(Number(match[1]) * (match[3] === '' ? 1000 : 1024) ** power);
  };
}

async function readConfig(path: string): Promise<Record<string, unknown>> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    throw new UserError(`config file cannot be read: ${path}: ${messageOf(error)}`, { cause: error });
  }
  let value: unknown;
  try {
    value = extname(path) === '.json' ? JSON.parse(text) : parse(text);
  } catch (error) {
    throw new UserError(
      `config file is not ${extname(path) === '.json' ? 'JSON' : 'YAML'}: ${path}: ${messageOf(error)}`,
    );
  }
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return { ...value };
  throw new UserError(`config file does not hold options by name: ${path}`);
}

/** yargs takes every word but `true` for false: `STRATA_DRY_RUN=1` would write. */
function truth(name: string, value: unknown): boolean {
  const word = String(value).toLowerCase();
  if (['true', '1', 'yes', 'on'].includes(word)) return true;
  if (['false', '0', 'no', 'off'].includes(word)) return false;
  throw new UserError(`${name} is neither true nor false: ${String(value)}`);
}

function environmentName(option: string): string {
  return `STRATA_${option.toUpperCase().replaceAll('-', '_')}`;
}

/**
 * The values that stand under the flags: the config file's, and over them those of the environment
 * (`STRATA_CACHE` for `--cache`).
 *
 * @param known - the command's own options.
 * @param everyOption - the options of all commands: one config file may serve them all.
 * @throws UserError for a config file that cannot be read or names an unknown option.
 */
export async function valuesUnderFlags(
  known: CommandOptions,
  everyOption: readonly string[],
  configPath: string | undefined,
): Promise<Record<string, unknown>> {
  const values: Record<string, unknown> = {};
  const path = configPath ?? process.env.STRATA_CONFIG;
  if (path !== undefined) {
    for (const [name, value] of Object.entries(await readConfig(path))) {
      if (!everyOption.includes(name)) {
        const nearest = nearestName(name, everyOption);
        throw new UserError(`config file ${path} has an unknown option: ${name} (did you mean ${nearest}?)`);
      }
      if (name in known && value !== null) values[name] = value;
    }
  }
  for (const name of Object.keys(known)) {
    const value = process.env[environmentName(name)];
    if (value !== undefined && value !== '') values[name] = value;
  }
  for (const [name, value] of Object.entries(values)) {
    if (known[name]?.type === 'boolean') values[name] = truth(name, value);
  }
  return values;
}
