import { describe, expect, test } from 'vitest';
import { addedStages, type Span, StageClock } from '../src/stage-clock.js';

describe('StageClock', () => {
  test('adds up the stages in the order in which they were first seen, also of work that throws', async () => {
    const clock = new StageClock();
    expect(await clock.time('one', () => 7)).toBe(7);
    await expect(clock.time('two', () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    clock.add('one', 2, 5);
    clock.addMeanwhile('beside', 1000, 3500, 4);
    const report = clock.report();
    expect(report.map(({ stage, samples, meanwhile }) => [stage, samples, meanwhile])).toEqual([
      ['one', 5, undefined],
      ['two', 0, undefined],
      ['beside', 4, true],
    ]);
    expect(report[0]!.seconds).toBeGreaterThanOrEqual(2);
    expect(report[2]!.seconds).toBe(2.5);
  });

  test('tells of each piece of work', async () => {
    const spans: Span[] = [];
    const clock = new StageClock((span) => spans.push(span));
    await clock.timeMeanwhile('write', () => undefined);
    clock.addMeanwhile('decode', 1, 2);
    expect(spans.map(({ stage, meanwhile }) => [stage, meanwhile])).toEqual([
      ['write', true],
      ['decode', true],
    ]);
    expect(spans[0]!.end).toBeGreaterThanOrEqual(spans[0]!.start);
  });
});

describe('addedStages', () => {
  test('adds up the stages of several runs by name, in the order in which they were first seen', () => {
    const decode = { stage: 'decode', seconds: 1, samples: 4, meanwhile: true } as const;
    const forward = { stage: 'forward', seconds: 2, samples: 4 };
    const open = { stage: 'open', seconds: 0.5, samples: 0 };
    expect(addedStages([[forward, decode], [open, { ...forward, seconds: 3 }], []])).toEqual([
      { stage: 'forward', seconds: 5, samples: 8 },
      decode,
      open,
    ]);
  });
});
