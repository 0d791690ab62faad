import { defineConfig } from 'vitest/config';

// tfjs-node cannot be loaded in a second worker thread (tfjs#8388), so tests run in processes.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    include: ['test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    env: { TF_CPP_MIN_LOG_LEVEL: '2' },
  },
});
