import { UserError } from './errors.js';

/** Which part of the shards a process takes: those whose place in the list is `index - 1` modulo `count`. */
export interface Worker {
  readonly index: number;
  readonly count: number;
}

/**
 * Reads `I/N`, the part of the work this process takes: I from 1 to N.
 *
 * @throws UserError for anything else.
 */
export function parseWorker(text: string): Worker {
  const match = /^(\d+)\/(\d+)$/.exec(text);
  const [index, count] = [Number(match?.[1]), Number(match?.[2])];
  if (match === null || index < 1 || index > count) {
    throw new UserError(`worker is not I/N with I from 1 to N: ${text} (for example 1/4, 2/4, 3/4 and 4/4)`);
  }
  return { index, count };
}
