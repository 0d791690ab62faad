import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import {
  chooseProducts,
  type NativeRows,
  type NativeSoftmax,
  nativeSoftmax,
} from '../../src/backend/softmax.js';
import { cases, problemOf, softmaxOf, waves } from './softmax-problem.js';

function expectNear(found: ArrayLike<number>, expected: ArrayLike<number>, scale = 1): void {
  expect(found.length).toBe(expected.length);
  // One assertion for all: one for each number would take most of the test's time. A NaN fails it too.
  const isNear = (at: number) => Math.abs(found[at]! - expected[at]!) < 2e-5 * scale;
  const wrong = Array.from(expected).findIndex((_, at) => !isNear(at));
  expect(wrong < 0 ? [] : [wrong, found[wrong], expected[wrong]]).toEqual([]);
}

/** `toEqual` looks at a quarter of a million numbers for seconds. */
function expectSame(found: Float64Array, expected: Float64Array): void {
  expect(Buffer.compare(new Uint8Array(found.buffer), new Uint8Array(expected.buffer))).toBe(0);
}

describe.each(['float32', 'auto'] as const)('the native kernels, products %s', (products) => {
  // Two bfloat16 numbers for a factor: 3 x 2^-18 of a product, and those of a Gram matrix here reach 40.
  const [loose, digits] = products === 'float32' ? [1, 3] : [25, 2];
  let native: NativeSoftmax | undefined;
  beforeAll(async () => {
    await loadBackend();
    native = nativeSoftmax();
    chooseProducts(products);
  });
  afterAll(() => {
    chooseProducts('auto');
  });

  it('add loss, gradient and second moments as float64 loops do', async ({ skip }) => {
    const kernels = native ?? skip('they are not installed');
    const property = fc.asyncProperty(cases, async (own) => {
      const { native: rows, all, chosen, labels, weights } = problemOf(own);
      const { features, classes, threads } = own;
      const gradient = new Float64Array((features + 1) * classes).fill(1);
      const sums = new Float64Array(2);
      const moments = new Float64Array(classes * classes);
      await kernels.accumulate(rows, threads, weights, [{ classes, labels, sums, moments }], gradient);
      const expected = new Float64Array(gradient.length).fill(1);
      const [expectedSums, expectedMoments] = [new Float64Array(2), new Float64Array(classes * classes)];
      for (const row of chosen.filter((at) => labels[at]! >= 0)) {
        const { probabilities } = softmaxOf(all[row]!, weights, classes);
        expectedSums[0]! -= Math.log(probabilities[labels[row]!]!);
        for (const [column, p] of probabilities.entries()) {
          expectedSums[1]! += p * p;
          const residual = p - Number(column === labels[row]);
          for (const [at, value] of [...all[row]!, 1].entries())
            expected[at * classes + column]! += value * residual;
          for (const [other, q] of probabilities.entries())
            expectedMoments[column * classes + other]! += p * q;
        }
      }
      expectNear(gradient, expected, loose * own.rows);
      expectNear(sums, expectedSums, loose * own.rows);
      expectNear(moments, expectedMoments, loose * own.rows);
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('say of each row its class, the rank of the true one, its loss and their confidence', async ({
    skip,
  }) => {
    const kernels = native ?? skip('they are not installed');
    const property = fc.asyncProperty(cases, async (own) => {
      const { native: rows, all, chosen, labels, weights } = problemOf(own);
      const [predicted, rank] = [new Int32Array(own.rows).fill(-9), new Int32Array(own.rows)];
      const [loss, confidence] = [new Float32Array(own.rows), new Float32Array(own.rows)];
      const { classes, threads } = own;
      const wide = Float64Array.from(weights);
      await kernels.score(rows, threads, wide, [{ classes, labels, predicted, rank, loss, confidence }]);
      for (const row of chosen) {
        const { logits, probabilities } = softmaxOf(all[row]!, weights, classes);
        const best = Math.max(...probabilities);
        const label = labels[row]!;
        expect(logits[predicted[row]!]).toBeCloseTo(Math.max(...logits), digits);
        expect(confidence[row]).toBeCloseTo(best, digits);
        if (label < 0) expect([rank[row], loss[row]]).toEqual([-1, 0]);
        else {
          expect(loss[row]).toBeCloseTo(-Math.log(probabilities[label]!), digits);
          const near = (logit: number) => Math.abs(logit - logits[label]!) < 1e-4 * loose;
          const larger = logits.filter((logit) => logit > logits[label]! && !near(logit)).length;
          expect(rank[row]).toBeGreaterThanOrEqual(larger);
          expect(rank[row]).toBeLessThan(larger + logits.filter(near).length);
        }
      }
    });
    await fc.assert(property, { numRuns: 60 });
  });

  it('add moments about the first row, and second moments of standardised features', async ({ skip }) => {
    const kernels = native ?? skip('they are not installed');
    const property = fc.asyncProperty(cases, async (own) => {
      const { native: rows, all, chosen } = problemOf(own);
      const { features, threads } = own;
      const gram = new Float64Array(features * features);
      await kernels.gram(rows, threads, gram, true);
      const expected = new Float64Array(features * features);
      for (const row of chosen)
        for (const [at, value] of all[row]!.entries())
          for (const [other, second] of all[row]!.entries())
            expected[at * features + other]! += value * second;
      expectNear(gram, expected, loose * own.rows);
      const [sum, squares] = [new Float64Array(features), new Float64Array(features)];
      const first = Float32Array.from(all[0]!, (value, at) => value / 0.7 + rows.high[at]!);
      await kernels.moments(rows, threads, first, sum, squares);
      for (let at = 0; at < features; at++) {
        const away = chosen.map((row) => all[row]![at]! / 0.7 + rows.high[at]! - first[at]!);
        expect(sum[at]).toBeCloseTo(
          away.reduce((a, b) => a + b, 0),
          3,
        );
        expect(squares[at]).toBeCloseTo(
          away.reduce((a, b) => a + b * b, 0),
          3,
        );
      }
    });
    await fc.assert(property, { numRuns: 40 });
  });

  it('multiply standardised rows by weights, with the biases added', async ({ skip }) => {
    const kernels = native ?? skip('they are not installed');
    const property = fc.property(cases, (own) => {
      const { native: rows, all, weights } = problemOf({ ...own, picked: false });
      const product = new Float32Array(own.rows * own.classes);
      kernels.multiply(rows, own.threads, weights, own.classes, product);
      expectNear(
        product,
        all.flatMap((row) => softmaxOf(row, weights, own.classes).logits),
        5 * loose,
      );
    });
    fc.assert(property, { numRuns: 40 });
  });

  it('add vectors and take their inner product, in parts where they are long', ({ skip }) => {
    const kernels = native ?? skip('they are not installed');
    for (const length of [0, 1, 63, 65, 2 ** 18 + 5]) {
      const left = Float64Array.from(waves(length, 3));
      const right = Float64Array.from(waves(length, 8));
      const product = left.reduce((sum, value, at) => sum + value * right[at]!, 0);
      expect(kernels.dot(3, left, right)).toBeCloseTo(product, 6);
      const to = new Float64Array(length);
      kernels.addScaled(3, to, left, right, -0.25);
      expectSame(
        to,
        left.map((value, at) => value - 0.25 * right[at]!),
      );
      kernels.addScaled(3, left, left, right, -0.25);
      expectSame(left, to);
    }
  });

  it('sum and multiply in float64 where that is asked for, to thirteen digits', async ({ skip }) => {
    const kernels = native ?? skip('they are not installed');
    const property = fc.asyncProperty(cases, async (own) => {
      const { native: rows, all, chosen, labels, weights } = problemOf(own);
      const { classes, threads, features } = own;
      const sums = new Float64Array(2);
      const moments = new Float64Array(classes * classes);
      const gradient = new Float64Array((features + 1) * classes);
      const problem = { classes, labels, sums, moments };
      await kernels.exactAccumulate(
        rows,
        threads,
        Float64Array.from(weights),
        [problem],
        gradient,
        undefined,
      );
      const gram = new Float64Array(features * features);
      await kernels.exactGram(rows, threads, gram);
      const expected = {
        gradient: gradient.map(() => 0),
        gram: gram.map(() => 0),
        moments: moments.map(() => 0),
      };
      let [loss, squares] = [0, 0];
      for (const row of chosen) {
        const z = all[row]!;
        for (let at = 0; at < gram.length; at++)
          expected.gram[at]! += z[Math.floor(at / features)]! * z[at % features]!;
        if (labels[row]! < 0) continue;
        const { probabilities: p } = softmaxOf(z, weights, classes);
        loss -= Math.log(p[labels[row]!]!);
        squares += p.reduce((sum, value) => sum + value * value, 0);
        for (let at = 0; at < moments.length; at++)
          expected.moments[at]! += p[Math.floor(at / classes)]! * p[at % classes]!;
        for (let at = 0; at < gradient.length; at++)
          expected.gradient[at]! +=
            [...z, 1][Math.floor(at / classes)]! * (p[at % classes]! - Number(at % classes === labels[row]));
      }
      const near = (found: Float64Array, wanted: Float64Array) =>
        found.every((value, at) => Math.abs(value - wanted[at]!) <= 1e-13 * (1 + 100 * own.rows));
      expect(near(gradient, expected.gradient)).toBe(true);
      expect(near(gram, expected.gram)).toBe(true);
      expect(near(moments, expected.moments)).toBe(true);
      expect(near(sums, Float64Array.of(loss, squares))).toBe(true);
    });
    await fc.assert(property, { numRuns: 30 });
  });

  it('keep the digits of p - y where a row is all but certain', async ({ skip }) => {
    const kernels = native ?? skip('they are not installed');
    const rows: NativeRows = {
      ...{ blocks: [Float32Array.of(1)], features: 1, start: 0, extreme: false },
      ...{ high: Float32Array.of(0), low: Float32Array.of(0), inverse: Float32Array.of(1) },
      ...{ mean: Float64Array.of(0), scale: Float64Array.of(1) },
    };
    const problem = { classes: 2, labels: Int32Array.of(0), sums: new Float64Array(2) };
    const gradient = new Float64Array(4);
    await kernels.accumulate(rows, 1, Float32Array.of(20, 0, 0, 0), [problem], gradient);
    expect(gradient[0]! / -Math.exp(-20)).toBeCloseTo(1, 5);
  });

  it('refuse a feature that is not finite by its row, and arguments that do not fit', async ({ skip }) => {
    const kernels = native ?? skip('they are not installed');
    const one = { rows: 9, features: 3, classes: 2, halves: false, threads: 2, seed: 1, split: 0.4 };
    const { native: rows, labels, weights } = problemOf({ ...one, picked: false });
    const gradient = new Float64Array(8);
    const sums = new Float64Array(2);
    const problem = { classes: 2, labels, sums };
    (rows.blocks[1] as Float32Array)[7] = Number.NaN;
    const failing = kernels.accumulate(rows, 2, weights, [problem], gradient);
    await expect(failing).rejects.toThrow('not finite: row 5');
    const wrong = [
      () => kernels.accumulate(rows, 2, weights.subarray(1), [problem], gradient),
      () => kernels.accumulate(rows, 2, weights, [{ ...problem, labels: labels.subarray(1) }], gradient),
      () => kernels.accumulate(rows, 2, weights, [{ ...problem, labels: labels.map(() => 2) }], gradient),
      () => kernels.accumulate(rows, 2, weights, [], gradient),
      () => kernels.gram({ ...rows, picks: Int32Array.of(9) }, 2, new Float64Array(9), false),
      () => kernels.gram({ ...rows, features: 4 }, 2, new Float64Array(16), false),
      () => kernels.multiply(rows, 2, weights, 2, new Float32Array(17)),
      () => kernels.multiply(rows, 2, weights, 0, new Float32Array(18)),
      () => kernels.dot(1, new Float64Array(3), new Float64Array(2)),
      () => kernels.addScaled(1, new Float64Array(3), new Float64Array(3), new Float64Array(2), 1),
    ];
    for (const call of wrong) expect(call).toThrow();
  });
});
