import { defineConfig } from 'vitest/config';
import { TallyReporter } from './scripts/tally-reporter.js';

// tfjs-node cannot be loaded in a second worker thread (tfjs#8388), so tests run in processes.
export default defineConfig({
  test: {
    pool: 'forks',
    maxWorkers: 2,
    include: [process.env.STRATA_LONG === '1' ? 'test/**/*.long.ts' : 'test/**/*.test.ts'],
    // Only for what hangs: no test fails because the machine is busy.
    testTimeout: 900_000,
    hookTimeout: 900_000,
    reporters: ['default', new TallyReporter()],
    // What is built is loaded as node loads it.
    server: { deps: { external: [/\/dist\//] } },
    env: { TF_CPP_MIN_LOG_LEVEL: '3' },
  },
});
