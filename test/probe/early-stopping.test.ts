import { describe, expect, it } from 'vitest';
import { EarlyStopping } from '../../src/probe/early-stopping.js';

/** Feeds losses from epoch 0 on until training ends; the epochs that were kept. */
function watched(losses: readonly number[], patience: number) {
  const watch = new EarlyStopping(patience);
  const kept: number[] = [];
  let seen = 0;
  for (const [epoch, loss] of losses.entries()) {
    if (watch.standing !== 'training') break;
    seen += 1;
    if (watch.observe(loss, epoch)) kept.push(epoch);
  }
  return { kept, epoch: watch.epoch, standing: watch.standing, seen };
}

describe('EarlyStopping', () => {
  it('ends after the patience, and names the epoch of the lowest loss', () => {
    const { kept, epoch, standing, seen } = watched([1, 0.5, 0.4, 0.6, 0.5, 0.7, 0.1], 3);
    expect({ kept, epoch, standing, seen }).toEqual({
      ...{ kept: [0, 1, 2], epoch: 2 },
      ...{ standing: 'stopped', seen: 6 },
    });
  });

  it('goes on while the loss falls', () => {
    expect(watched([1, 0.9, 0.8, 0.7], 1)).toMatchObject({ standing: 'training', epoch: 3 });
  });

  it('ends where the loss falls by less than a thousandth within the patience, and keeps the lowest', () => {
    const losses = Array.from({ length: 50 }, (_, epoch) => 1 - epoch * 1e-4);
    expect(watched(losses, 5)).toMatchObject({ standing: 'stopped', epoch: 5 });
    expect(watched(losses, 20)).toMatchObject({ standing: 'training', epoch: 49 });
  });

  it('says that a probe diverged where its loss is no number, and keeps what was best before', () => {
    for (const loss of [Number.NaN, Number.POSITIVE_INFINITY])
      expect(watched([1, 0.8, loss], 5)).toMatchObject({ standing: 'diverged', epoch: 1, kept: [0, 1] });
  });
});
