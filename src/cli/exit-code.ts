import { DamagedCacheError, InterruptedError, ResourceError, UserError } from '../errors.js';

/** What the process's exit code says. */
export const EXIT = {
  done: 0,
  failure: 1,
  usage: 2,
  quarantined: 3,
  damaged: 4,
  interrupted: 130,
} as const;

/** The exit code for an error that ended a command. */
export function exitCodeOf(error: unknown): number {
  if (error instanceof UserError) return EXIT.usage;
  if (error instanceof DamagedCacheError) return EXIT.damaged;
  if (error instanceof InterruptedError) return EXIT.interrupted;
  return EXIT.failure;
}

/** Errors that need no stack trace: their message says it all, as that of a file system error does. */
export function isExpected(error: unknown): boolean {
  return exitCodeOf(error) !== EXIT.failure || error instanceof ResourceError || isFileSystemError(error);
}

function isFileSystemError(error: unknown): boolean {
  return error instanceof Error && 'errno' in error && 'syscall' in error;
}
