import { readFileSync } from 'node:fs';
import { z } from 'zod';

/** What a stage of work has taken, in seconds. */
export interface Spent {
  readonly wall: number;
  /** Of all cores, outside of the kernel; null where it is not known. */
  readonly user: number | null;
}

const spentSchema = z.object({ wall: z.number().nonnegative(), user: z.number().nonnegative().nullable() });

/** What is kept of stages in a file; earlier versions kept the wall time alone, as a number. */
export const stagesSchema = z.record(
  z.string(),
  spentSchema.or(
    z
      .number()
      .nonnegative()
      .transform((wall) => ({ wall, user: null })),
  ),
);

/** The sum of what has been spent; its user time is known where that of every part is. */
export function totalSpent(parts: readonly Spent[]): Spent {
  const known = parts.flatMap(({ user }) => user ?? []);
  return {
    wall: parts.reduce((sum, { wall }) => sum + wall, 0),
    user: known.length < parts.length ? null : known.reduce((sum, user) => sum + user, 0),
  };
}

/** Linux counts processor time in hundredths of a second for its users, whatever it counts for itself. */
const TICKS = 100;

/**
 * The user time in a line of Linux's /proc/PID/stat: of the process with all its threads, and of its children that have
 * ended, in seconds. The 14th and the 16th field; the second, the name, may have spaces and brackets in it.
 */
export function userSecondsIn(stat: string): number {
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[13])) / TICKS;
}

/** A clock of this process and its children that have ended; its user time is null where there is no /proc. */
export function spentNow(): Spent {
  const wall = performance.now() / 1000;
  try {
    return { wall, user: userSecondsIn(readFileSync('/proc/self/stat', 'utf8')) };
  } catch {
    return { wall, user: null };
  }
}

/** What was spent from one reading of the clock to a later one. */
export function spentSince(start: Spent, now: Spent = spentNow()): Spent {
  const user = start.user === null || now.user === null ? null : now.user - start.user;
  return { wall: now.wall - start.wall, user };
}
