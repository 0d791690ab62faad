/** The threads that libuv makes where nothing is said. */
const DEFAULT_POOL = 4;
const LARGEST_POOL = 1024;

/** How many threads libuv's pool has in a process of this environment; decoding and file access share them. */
export function poolThreads({ UV_THREADPOOL_SIZE: said }: NodeJS.ProcessEnv = process.env): number {
  if (said === undefined) return DEFAULT_POOL;
  // As C's atoi reads it, and libuv bounds it.
  const threads = Number.parseInt(said, 10) || 1;
  return threads < 0 ? LARGEST_POOL : Math.min(threads, LARGEST_POOL);
}

/**
 * How many images to have under way at once: one for every thread of the pool. Each is on a thread all the time but
 * for the moments in which JavaScript takes it from one step to the next; more of them would wait in the pool's
 * queue, in front of the shards to be written.
 */
export function decodeConcurrency(threads: number = poolThreads()): number {
  return threads;
}
