import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { DeadSegment } from '../../src/report/dead-segments.js';
import { CHANCE, found, judged } from './judged-segments.js';

describe('deadSegments', () => {
  const number = fc.double({ min: 0, max: 1, noNaN: true });

  /** A network of layers that each take one or two taps before them, with an error for some of its taps. */
  const networks = fc
    .array(fc.tuple(fc.nat(), fc.nat(), fc.option(number, { nil: undefined })), {
      minLength: 1,
      maxLength: 25,
    })
    .map((layers) => {
      const edges: Record<string, readonly string[]> = { input: [] };
      const errors: Record<string, number> = {};
      for (const [at, [first, second, error]] of layers.entries()) {
        const names = Object.keys(edges);
        const inputs = [names[first % names.length]!, names[second % names.length]!];
        const name = inputs[0] === inputs[1] ? `dense_${at}` : `add_${at}`;
        edges[name] = [...new Set(inputs)];
        if (error !== undefined) errors[name] = error;
      }
      return { edges, errors };
    });

  /**
   * Residual blocks in a line, some of which lose the signal on their branch while the trunk carries it on: there are dead
   * segments in most of these networks. Errors of the layers between are there or not.
   */
  const blocks = fc
    .array(
      fc.record({
        layers: fc.integer({ min: 1, max: 9 }),
        lost: fc.boolean(),
        probed: fc.array(fc.boolean(), { minLength: 9, maxLength: 9 }),
        gain: fc.double({ min: 0.5, max: 0.9, noNaN: true }),
      }),
      { minLength: 1, maxLength: 5 },
    )
    .map((all) => {
      const edges: Record<string, readonly string[]> = { input: [] };
      const errors: Record<string, number> = { input: 0.5 };
      let [trunk, count] = ['input', 0];
      for (const [at, { layers, lost, probed, gain }] of all.entries()) {
        const known = errors[trunk]!;
        let before = trunk;
        for (let layer = 1; layer <= layers; layer++) {
          const name = `dense_${++count}`;
          edges[name] = [before];
          const error = lost ? known + ((CHANCE - known) * layer) / layers : known * gain;
          if (probed[layer - 1] || layer === layers) errors[name] = error;
          before = name;
        }
        edges[`add_${at}`] = [trunk, before];
        errors[`add_${at}`] = lost ? known : known * gain;
        trunk = `add_${at}`;
      }
      const lost = all.flatMap((block, at) => (block.lost ? [`add_${at}`] : []));
      return { edges, errors, lost };
    });

  it('finds the blocks that lose the signal and no others, where their ends and merges have probes', () => {
    let most = 0;
    fc.assert(
      fc.property(blocks, ({ edges, errors, lost }) => {
        const merges = found(edges, errors).map(({ merge }) => merge);
        expect([...merges].sort()).toEqual(lost);
        most = Math.max(most, merges.length);
      }),
    );
    expect(most).toBeGreaterThan(1);
  });

  it('names taps of one branch only, that are worse than the merge after them and the way past them', () => {
    let segments = 0;
    fc.assert(
      fc.property(blocks, ({ edges, errors }) => {
        for (const { first, last, taps, merge, after, bypass, probes } of found(edges, errors)) {
          segments++;
          expect(taps).toContain(first.tap);
          expect(taps).toContain(last.tap);
          expect(taps).not.toContain(merge);
          expect(taps).not.toContain(bypass.tap);
          expect(probes).toBe(taps.filter((tap) => errors[tap] !== undefined).length);
          expect(Math.max(after.error, bypass.error)).toBeLessThan(last.error);
          expect(after.error).toBeLessThan(CHANCE);
        }
      }),
    );
    expect(segments).toBeGreaterThan(50);
  });

  it('finds the same in whatever order taps and errors come', () => {
    fc.assert(
      fc.property(fc.oneof(blocks, networks), ({ edges, errors }) => {
        const shuffled = <T>(value: Readonly<Record<string, T>>) =>
          Object.fromEntries(Object.entries(value).reverse());
        const key = (segments: readonly DeadSegment[]) =>
          segments
            .map(({ taps, merge, last, evidence, verdict }) =>
              String([merge, last.tap, evidence, verdict, ...[...taps].sort()]),
            )
            .sort();
        expect(key(judged(shuffled(edges), shuffled(errors)))).toEqual(key(judged(edges, errors)));
      }),
    );
  });

  it('finds nothing where every layer gains on what it is computed from', () => {
    const gain = fc.double({ min: 0.1, max: 0.8, noNaN: true });
    const gains = fc.array(gain, { minLength: 26, maxLength: 26 });
    fc.assert(
      fc.property(networks, gains, ({ edges }, factors) => {
        const errors: Record<string, number> = {};
        for (const [at, [name, inputs]] of Object.entries(edges).entries())
          errors[name] =
            inputs.length === 0 ? 0.6 : factors[at]! * Math.min(...inputs.map((one) => errors[one]!));
        expect(found(edges, errors)).toEqual([]);
      }),
    );
  });

  it('finds nothing with five samples', () => {
    fc.assert(
      fc.property(networks, ({ edges, errors }) => {
        expect(found(edges, errors, 5)).toEqual([]);
      }),
    );
  });
});
