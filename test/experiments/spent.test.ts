import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import {
  spentNow,
  spentSince,
  stagesSchema,
  totalSpent,
  userSecondsIn,
} from '../../scripts/experiments/spent.js';

describe('time spent', () => {
  it('is added up, its user time only where that of every part is known', () => {
    const [known, unknown] = [
      { wall: 2, user: 3 },
      { wall: 5, user: null },
    ];
    expect(totalSpent([known, known])).toEqual({ wall: 4, user: 6 });
    expect(totalSpent([known, unknown])).toEqual({ wall: 7, user: null });
    expect(totalSpent([])).toEqual({ wall: 0, user: 0 });
  });

  it('is read from files of earlier versions, which had the wall time alone', () => {
    const stages = stagesSchema.parse({ training: 12.5, probe: { wall: 1, user: 2 } });
    expect(stages).toEqual({ training: { wall: 12.5, user: null }, probe: { wall: 1, user: 2 } });
    expect(stagesSchema.safeParse({ training: -1 }).success).toBe(false);
  });

  it("has the user time of a process and its children, whatever the process's name", () => {
    // pid (comm) state ppid pgrp session tty tpgid flags minflt cminflt majflt cmajflt utime stime cutime cstime
    const stat = '7 (a) b) 2) S 1 7 7 0 -1 4194304 100 200 0 0 150 11 250 13 20 0 1 0 99 0 0';
    expect(userSecondsIn(stat)).toBe(4);
  });

  it.skipIf(!existsSync('/proc/self/stat'))('counts a child that has ended', () => {
    const start = spentNow();
    const code = 'const end = process.cpuUsage().user + 3e5; while (process.cpuUsage().user < end);';
    execFileSync(process.execPath, ['-e', code]);
    const { wall, user } = spentSince(start);
    expect(wall).toBeGreaterThan(0);
    expect(user).toBeGreaterThanOrEqual(0.25);
  });
});
