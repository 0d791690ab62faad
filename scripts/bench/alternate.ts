/** One thing to time: it returns its own seconds, so that what it prepares does not count. */
export type Variant = () => Promise<number>;

/**
 * Runs the variants one after the other, and that again and again, so that what else the machine does meets all of
 * them alike.
 *
 * @returns the median seconds of each.
 */
export async function alternate<Name extends string>(
  variants: Readonly<Record<Name, Variant>>,
  repetitions = 3,
): Promise<Readonly<Record<Name, number>>> {
  const names = Object.keys(variants) as Name[];
  const seconds = new Map<Name, number[]>(names.map((name) => [name, []]));
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const name of names) seconds.get(name)?.push(await variants[name]());
  }
  return Object.fromEntries(names.map((name) => [name, median(seconds.get(name) ?? [])])) as Record<
    Name,
    number
  >;
}

/** The middle value, or the mean of the two. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? Number.NaN) + (sorted[Math.ceil(middle)] ?? Number.NaN)) / 2;
}

/** The seconds that `work` takes. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return (performance.now() - start) / 1000;
}
