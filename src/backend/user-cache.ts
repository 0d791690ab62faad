import { homedir } from 'node:os';
import { join } from 'node:path';

/** The folder of this user's strata cache: `$XDG_CACHE_HOME/strata`, or `~/.cache/strata`. Nothing in it is missed. */
export function userCache(): string {
  return join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'strata');
}
