import type { Measurement } from '../probe/measurement.js';
import type { Dtype } from '../store/column.js';
import { inDepthOrder, reductionsOf } from './depth-order.js';
import { minimumLines } from './quoted-split.js';

/** States the choices behind the numbers that nobody typed: the dtype's rounding, each tap's reduction, and what valid selected. */
export function runNotes(dtype: Dtype, measurements: readonly Measurement[]): readonly string[] {
  return [dtypeNote(dtype), ...reductionNotes(measurements), ...selectionNotes(measurements)];
}

function selectionNotes(measurements: readonly Measurement[]): readonly string[] {
  return minimumLines(measurements.filter(({ selected }) => selected)).map(
    (line) => `${line.charAt(0).toUpperCase()}${line.slice(1)}.`,
  );
}

function dtypeNote(dtype: Dtype): string {
  return dtype === 'float32'
    ? 'Features are stored as float32, as the model computed them.'
    : 'Features are stored as float16: each is rounded to 11 significant bits (a change of at most 1/2048 of ' +
        'its value, or of 3e-8 where it is below 6.1e-5), and the probes are trained on the rounded values.';
}

function reductionNotes(measurements: readonly Measurement[]): readonly string[] {
  const rows = inDepthOrder(measurements);
  return reductionsOf(measurements).map((reduction) => {
    const taps = new Set(rows.filter((row) => row.reduction === reduction).map((row) => row.tap));
    return `Reduction ${reduction}: ${[...taps].join(', ')}.`;
  });
}
