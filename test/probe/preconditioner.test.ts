import { beforeAll, describe, expect, it } from 'vitest';
import { loadBackend } from '../../src/backend/backend.js';
import { preconditioners } from '../../src/probe/preconditioner.js';
import { normals } from './small-problem.js';

const [FEATURES, CLASSES] = [6, 3];

/** The second moments of a few random rows: fewer rows than features make them singular. */
function gramOf(rows: number): Float32Array {
  const drawn = normals(rows * FEATURES, rows);
  return Float32Array.from({ length: FEATURES ** 2 }, (_, at) => {
    const [one, other] = [Math.floor(at / FEATURES), at % FEATURES];
    let sum = 0;
    for (let row = 0; row < rows; row++) sum += drawn[row * FEATURES + one]! * drawn[row * FEATURES + other]!;
    return sum / rows;
  });
}

/** (w G + l2 I) times a vector of weights, w times its bias. */
function applied(gram: Float32Array, vector: Float64Array, curvature: number, l2: number): Float64Array {
  return vector.map((value, at) => {
    const [row, column] = [Math.floor(at / CLASSES), at % CLASSES];
    if (row === FEATURES) return curvature * value;
    let sum = l2 * value;
    for (let other = 0; other < FEATURES; other++)
      sum += curvature * gram[row * FEATURES + other]! * vector[other * CLASSES + column]!;
    return sum;
  });
}

describe('preconditioners', () => {
  let tensorflow = false;
  beforeAll(async () => {
    tensorflow = (await loadBackend()).name === 'tensorflow';
  });

  it('undo (w G + l2 I) on the weights and w on the bias', ({ skip }) => {
    if (!tensorflow) skip('WebAssembly has no decomposition');
    const gram = gramOf(20);
    const vector = normals((FEATURES + 1) * CLASSES, 'vector');
    const precondition = preconditioners(gram, { features: FEATURES, classes: CLASSES });
    const back = precondition(0.2, 1e-2)(applied(gram, vector, 0.2, 1e-2));
    for (const [at, value] of vector.entries()) expect(back[at]).toBeCloseTo(value, 3);
  });

  it('stay positive where the second moments are singular and l2 is nothing', ({ skip }) => {
    if (!tensorflow) skip('WebAssembly has no decomposition');
    const precondition = preconditioners(gramOf(2), { features: FEATURES, classes: CLASSES });
    const vector = normals((FEATURES + 1) * CLASSES, 'gradient');
    const step = precondition(0.1, 1e-30)(vector);
    expect(step.every(Number.isFinite)).toBe(true);
    expect(step.reduce((sum, value, at) => sum + value * vector[at]!, 0)).toBeGreaterThan(0);
  });

  it('without second moments take those of standardised features', () => {
    const step = preconditioners(undefined, { features: 1, classes: 2 })(0.5, 0.25)(
      Float64Array.of(3, 6, 2, 1),
    );
    expect([...step]).toEqual([4, 8, 4, 2]);
  });
});
