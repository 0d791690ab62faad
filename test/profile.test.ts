import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { Profile } from '../src/profile.js';

describe('Profile', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'strata-profile-'));
  afterAll(() => rm(folder, { recursive: true }));

  async function eventsOf(profile: Profile): Promise<readonly Record<string, unknown>[]> {
    const path = join(folder, 'trace.json');
    await profile.write(path);
    return (JSON.parse(await readFile(path, 'utf8')) as { traceEvents: Record<string, unknown>[] })
      .traceEvents;
  }

  test('writes complete events in microseconds from the first one, each stage in a row of its own', async () => {
    const profile = new Profile();
    profile.add({ stage: 'forward', start: 100, end: 102.5, meanwhile: false });
    profile.add({ stage: 'write', start: 103, end: 104, meanwhile: true });
    profile.add({ stage: 'forward', start: 104, end: 105, meanwhile: false });
    const events = await eventsOf(profile);
    const spans = events.filter(({ ph }) => ph === 'X');
    expect(spans.map(({ name, ts, dur }) => [name, ts, dur])).toEqual([
      ['forward', 0, 2500],
      ['write', 3000, 1000],
      ['forward', 4000, 1000],
    ]);
    expect(spans[0]!.tid).toBe(spans[2]!.tid);
    expect(spans[0]!.tid).not.toBe(spans[1]!.tid);
    const names = events.filter(({ name }) => name === 'thread_name');
    expect(names.map(({ tid, args }) => [tid, args])).toContainEqual([spans[1]!.tid, { name: 'write' }]);
  });

  test('writes the ops of a forward pass and the memory held', async () => {
    const profile = new Profile();
    profile.addMemory(10, 5000, 32);
    profile.addOps(20, [{ name: 'n1_Relu', op: 'Relu', thread: 'thread 4', startMicros: 7, micros: 3 }]);
    const events = await eventsOf(profile);
    expect(events).toContainEqual(
      expect.objectContaining({ name: 'memory', ph: 'C', ts: 0, args: { bytes: 5000, samples: 32 } }),
    );
    expect(events).toContainEqual(
      expect.objectContaining({
        name: 'Relu',
        ph: 'X',
        pid: 2,
        ts: 10_007,
        dur: 3,
        args: { name: 'n1_Relu' },
      }),
    );
  });
});
