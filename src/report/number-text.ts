import type { ErrorInterval } from '../probe/error-interval.js';
import type { ErrorSpread } from '../probe/measurement.js';

/** A fraction as a percentage without its sign: two decimals where there are a thousand samples to justify them. */
export function percentText(fraction: number, samples: number): string {
  return (100 * fraction).toFixed(samples >= 1000 ? 2 : 1);
}

/** The ends of an interval of errors in %, `19.25 to 22.80`. */
export function intervalText({ low, high }: ErrorInterval, samples: number): string {
  return `${percentText(low, samples)} to ${percentText(high, samples)}`;
}

/** A p-value: three decimals, or two digits where it is small; 0 stands for less than a float64 can hold. */
export function probabilityText(p: number): string {
  if (p === 0) return '<1e-300';
  return p >= 0.001 ? String(Number(p.toFixed(3))) : scientificText(p);
}

/** Mean and deviation of errors in %, `12.3 ± 0.4`, with the decimals of {@link percentText}. */
export function spreadText(spread: ErrorSpread, samples: number): string {
  return `${percentText(spread.errorMean, samples)} ± ${percentText(spread.errorSd, samples)}`;
}

/** A loss in nats: three decimals, four digits where it is large. */
export function lossText(nats: number): string {
  return Math.abs(nats) < 100 ? nats.toFixed(3) : nats.toPrecision(4).replace('e+', 'e');
}

/** A small number with two digits, `3.1e-4`. */
export function scientificText(value: number): string {
  return value === 0 ? '0' : value.toExponential(1).replace('e+', 'e');
}

/** A penalty as it would be typed, `1e-4`. */
export function l2Text(value: number): string {
  return value === 0 ? '0' : value.toExponential().replace('e+', 'e');
}

/** A count with thousands apart, `12,000`. */
export function countText(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}

/** Bytes in binary units, `15.6 GiB`. */
export function bytesText(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'] as const;
  const power = Math.min(units.length - 1, bytes < 1 ? 0 : Math.floor(Math.log2(bytes) / 10));
  return `${power === 0 ? bytes : (bytes / 1024 ** power).toFixed(1)} ${units[power]}`;
}

/** Seconds as a person reads them, `3.2 s` or `4 min 10 s`. */
export function secondsText(seconds: number): string {
  if (seconds < 100) return `${seconds.toFixed(seconds < 10 ? 2 : 1)} s`;
  return `${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
}
