import { writeSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';

/** Counts of a test run. A test file that does not load and an error outside of tests count as failed. */
export interface Tally {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/** Counts the tests of a run by their outcome. */
export function tally(modules: readonly TestModule[], errorsOutside: number): Tally {
  const tests = modules.flatMap((module) => [...module.children.allTests()]);
  const count = (state: string) => tests.filter((test) => test.result().state === state).length;
  const unloaded = modules.filter((module) => module.errors().length > 0).length;
  return {
    passed: count('passed'),
    failed: count('failed') + unloaded + errorsOutside,
    skipped: count('skipped'),
  };
}

/** `12 passed, 0 failed`, with the skipped ones where there are any. */
export function tallyLine({ passed, failed, skipped }: Tally): string {
  return `${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`;
}

/** A vitest reporter that prints the {@link tallyLine} as the very last line of the output. */
export class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], errorsOutside: readonly unknown[]): void {
    const line = tallyLine(tally(modules, errorsOutside.length));
    process.once('exit', () => writeSync(1, `${line}\n`));
  }
}
