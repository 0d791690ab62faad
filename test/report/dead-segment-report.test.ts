import { describe, expect, it } from 'vitest';
import { checkpointDeadSegments, deadSegmentLines } from '../../src/report/dead-segment-report.js';
import { exampleCheckpoints } from './example-checkpoints.js';
import { chainOf, graphOf } from './example-graphs.js';
import { labelSet, measurement, metrics, run, step } from './example-run.js';

const NETWORK = graphOf({ input: [], ...chainOf(8), add_1: ['dense_8', 'input'] });
const TAPS = NETWORK.map(({ name }) => name);
/** From the input to the merge: five samples of 2,000 become right and five wrong. */
const STEPS = [step('input', 'add_1', { newlyWrong: 5, newlyRight: 5, change: 0 })];
const NAME = 'dense_1 ... dense_8 (8 taps)';

/** Eight layers that lose what the input knows, and a merge that has it from there. */
function errorOf(tap: string): number {
  const layer = Number(/^dense_(\d)$/.exec(tap)?.[1] ?? 0);
  return layer === 0 ? 0.08 : 0.1 * layer;
}

describe('deadSegmentLines', () => {
  const measurements = TAPS.map((tap, depth) => measurement({ tap, depth, test: metrics(errorOf(tap)) }));
  const source = { run: run(), measurements, steps: STEPS, topology: { taps: NETWORK } };

  it('says where the segment is, what its probes lose and how the signal passes it', () => {
    expect(deadSegmentLines(source)).toEqual([
      `dead segment: ${NAME}: the test error goes from 10.00 % to 80.00 %, chance being 90.00 %, while add_1 has ` +
        '8.00 %: the signal bypasses it by input (8.00 %), over which add_1 gains 0.00 points (at least -0.29, ' +
        'at most 0.29, each with 95 % confidence over all branches), which is less than 1.00',
    ]);
  });

  it('says that it is undecided where it is not known which samples differ', () => {
    expect(deadSegmentLines({ ...source, steps: [] })).toEqual([
      `possibly a dead segment, undecided: ${NAME}: the test error goes from 10.00 % to 80.00 %, chance being 90.00 %, ` +
        'while add_1 has 8.00 %: the signal bypasses it by input (8.00 %), over which add_1 gains 0.00 points (at least ' +
        '-1.41, at most 1.41, each with 95 % confidence over all branches), not shown to be less than 1.00',
    ]);
  });

  it('quotes valid where test was not read, and says where it has no probe of the merge itself', () => {
    const untested = measurements
      .filter(({ tap }) => tap !== 'add_1')
      .map((row) => ({ ...row, valid: row.test!, test: null }));
    const after = measurement({ tap: 'head', depth: 20, valid: metrics(0.05), test: null });
    const [head] = graphOf({ head: ['add_1'] });
    const [line] = deadSegmentLines({
      ...source,
      measurements: [...untested, after],
      topology: { taps: [...NETWORK, { ...head!, depth: 20 }] },
    });
    expect(line).toContain('the valid error goes from');
    expect(line).toContain('while head, past add_1, has 5.00 %');
    expect(line).toMatch(
      /^possibly a dead segment, undecided: .*and dense_8 is 10\.00 points below chance \(.*a probe at add_1 itself would tell more$/,
    );
  });

  it('takes of several reductions of a tap the one with the lowest error on valid', () => {
    const flat = { tap: 'dense_8', depth: 8, reduction: 'flatten', test: metrics(0.05) };
    const better = measurement({ ...flat, valid: metrics(0.1) });
    expect(deadSegmentLines({ ...source, measurements: [...measurements, better] })).toEqual([]);
    const worse = measurement({ ...flat, valid: metrics(0.3) });
    expect(deadSegmentLines({ ...source, measurements: [...measurements, worse] })).toHaveLength(1);
  });

  it('goes by the labels that the network was trained for, not by factors or by the control', () => {
    const other = (name: string) => ({
      ...source,
      run: run({ labelSets: [labelSet({ name: 'label' }), labelSet({ name })] }),
      measurements: measurements.map((row) => ({ ...row, labelSet: name })),
    });
    expect(deadSegmentLines(other('hue'))).toEqual([]);
    const control = {
      ...other('random(class)'),
      run: run({ labelSets: [labelSet({ name: 'random(class)', controlOf: 'class' })] }),
    };
    expect(deadSegmentLines(control)).toEqual([]);
  });

  it('says nothing of runs that do not know their network, and of none that are well', () => {
    expect(deadSegmentLines({ ...source, topology: undefined })).toEqual([]);
    const well = measurements.map((row) => ({ ...row, test: metrics(0.08) }));
    expect(deadSegmentLines({ ...source, measurements: well })).toEqual([]);
  });
});

describe('checkpointDeadSegments', () => {
  const checkpoints = (dead: (step: number) => boolean) => {
    const error = (tap: number, step: number) => (dead(step) ? errorOf(TAPS[tap]!) : 0.08);
    const made = exampleCheckpoints({ taps: TAPS, steps: [0, 100, 200], error });
    return {
      ...made,
      results: made.results.map((one) => ({ ...one, steps: STEPS, topology: { taps: NETWORK } })),
    };
  };

  it('has a line for each segment, with the checkpoints that show it', () => {
    const [line, ...others] = checkpointDeadSegments(checkpoints((step) => step > 0));
    expect(others).toEqual([]);
    expect(line).toMatch(
      /^dead segment at step 100; step 200: dense_1 \.\.\. dense_8 \(8 taps\): at step 200 the test error goes from 10\.00 % to 80\.00 %/,
    );
  });

  it('says so where all of them show it', () => {
    expect(checkpointDeadSegments(checkpoints(() => true))[0]).toMatch(/^dead segment at every checkpoint: /);
    expect(checkpointDeadSegments(checkpoints(() => false))).toEqual([]);
  });
});
