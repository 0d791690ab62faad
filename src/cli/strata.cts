#!/usr/bin/env node
import os = require('node:os');

// libuv reads the size of its pool when the pool is first used, and loading an ES module uses it: what is set in
// main.ts comes too late, and what is set here does not.

/** Beyond this many, the JavaScript thread cannot keep the pool's threads in work. */
const MOST_THREADS = 64;

/**
 * How many threads libuv's pool should have on a machine of so many cores: every core can decode while two threads
 * wait for the disk, for a file to be read and a shard to be written.
 */
function poolSize(cores: number): number {
  return Math.min(Math.max(cores + 2, 4), MOST_THREADS);
}

if (require.main === module) {
  process.env.UV_THREADPOOL_SIZE ??= String(poolSize(os.availableParallelism()));
  void import('./main.js');
}

export = { poolSize };
