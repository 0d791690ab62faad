/** Half of a pair that stands for a character beyond U+FFFF. */
const SURROGATE = /[\ud800-\udfff]/;

/**
 * Sorts strings in place by their UTF-8 bytes and returns them. JavaScript's own order is by UTF-16 units, which is
 * the same except where characters beyond U+FFFF occur.
 */
export function sortByBytes(names: string[]): string[] {
  if (!names.some((name) => SURROGATE.test(name))) return names.sort();
  return names.sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
}
