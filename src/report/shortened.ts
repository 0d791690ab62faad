/** A name in so many letters: its start and its end, which is where the names of one network or data set differ. */
export function shortened(name: string, letters: number): string {
  if (name.length <= letters) return name;
  const start = Math.floor((letters - 1) / 2);
  return `${name.slice(0, start)}…${name.slice(name.length - (letters - 1 - start))}`;
}
