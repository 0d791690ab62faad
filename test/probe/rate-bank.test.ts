import { describe, expect, it } from 'vitest';
import { STATES, STEPS } from '../../src/probe/gradient-steps.js';
import { RateBank } from '../../src/probe/rate-bank.js';
import { normals } from './small-problem.js';

const FEATURES = 3;
const members = [
  { set: 0, classes: 2, l2: 0, rate: 0.1 },
  { set: 1, classes: 3, l2: 0.5, rate: 0.01 },
  { set: 0, classes: 2, l2: 0.2, rate: 1 },
];
const start = (set: number) => (set === 0 ? [1, 2] : [3, 4, 5]);

function bankOf(own = members, states = 2) {
  return new RateBank({ features: FEATURES, members: own, start, states });
}

function copied(bank: RateBank, index: number): number[] {
  const out = new Float32Array((FEATURES + 1) * bank.members[index]!.classes);
  bank.copyOut(index, out);
  return [...out];
}

/** A float64 reference of some steps of one probe. */
function reference(
  optimiser: 'sgd' | 'adam',
  { l2, rate, classes }: (typeof members)[number],
  options: { weights: number[]; gradients: number[][]; scale: number },
): number[] {
  const { weights, gradients, scale } = options;
  const [one, two] = [weights.map(() => 0), weights.map(() => 0)];
  const own = [...weights];
  for (const [step, gradient] of gradients.entries()) {
    for (const at of own.keys()) {
      const slope = gradient[at]! * scale + (at < FEATURES * classes ? l2 * own[at]! : 0);
      if (optimiser === 'sgd') {
        one[at] = 0.9 * one[at]! + slope;
        own[at]! -= rate * one[at]!;
        continue;
      }
      one[at] = 0.9 * one[at]! + 0.1 * slope;
      two[at] = 0.999 * two[at]! + 0.001 * slope ** 2;
      const [mean, square] = [one[at]! / (1 - 0.9 ** (step + 1)), two[at]! / (1 - 0.999 ** (step + 1))];
      own[at]! -= (rate * mean) / (Math.sqrt(square) + 1e-8);
    }
  }
  return own;
}

describe('RateBank', () => {
  it('begins at zero weights and the biases asked for', () => {
    expect(copied(bankOf(), 1)).toEqual([...Array(9).fill(0), 3, 4, 5]);
    expect(copied(bankOf(), 2)).toEqual([...Array(6).fill(0), 1, 2]);
  });

  for (const optimiser of ['sgd', 'adam'] as const) {
    it(`steps by ${optimiser} as the float64 reference, each member at its own rate and l2, one of them left`, () => {
      const bank = bankOf(members, STATES[optimiser]);
      const before = members.map((_, at) => copied(bank, at));
      const gradients = members.map((): number[][] => []);
      const scaleOf = ({ set }: (typeof members)[number]) => (set === 0 ? 1 / 4 : 1 / 8);
      for (let step = 1; step <= 4; step++) {
        if (step === 3) bank.keepOnly(({ rate }) => rate !== 0.1);
        const { weights, ends } = bank.state;
        const columns = ends.at(-1)!;
        const gradient = Float64Array.from(normals(weights.length, 5, step));
        for (const [at, member] of bank.members.entries()) {
          const first = bank.columnOf(at);
          const own = Array.from(gradient).filter((_, place) => {
            const column = place % columns;
            return column >= first && column < first + member.classes;
          });
          gradients[members.indexOf(member)]!.push(own);
        }
        const scale = Float64Array.from(bank.members, scaleOf);
        STEPS[optimiser](bank.state, { gradient, scale, count: step });
      }
      expect(bank.members).toEqual(members.slice(1));
      for (const [at, member] of members.slice(1).entries()) {
        const own = { weights: before[at + 1]!, gradients: gradients[at + 1]!, scale: scaleOf(member) };
        const expected = reference(optimiser, member, own);
        for (const [place, value] of copied(bank, at).entries())
          expect(value).toBeCloseTo(expected[place]!, 5);
      }
    });
  }
});
