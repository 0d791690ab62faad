const CALL = /^(Stateful)?PartitionedCall(_\d+)?$/;

/** What all paths begin with, whole parts only, the last part of none of them. */
function sharedParts(paths: readonly (readonly string[])[]): number {
  const [first = [], ...others] = paths;
  let shared = 0;
  const isShared = (at: number) =>
    paths.every((path) => at < path.length - 1) && others.every((path) => path[at] === first[at]);
  while (isShared(shared)) shared++;
  return shared;
}

/** The names, with `:1` behind a name that is there a second time, as for the second use of a shared layer. */
function told(names: readonly string[], taken: string): readonly string[] {
  const uses = new Map([[taken, 1]]);
  return names.map((name) => {
    const use = uses.get(name) ?? 0;
    uses.set(name, use + 1);
    return use === 0 ? name : `${name}:${use}`;
  });
}

/**
 * Short names for nodes, each another: without the calls that they are inlined from, and without what all begin with
 * (`StatefulPartitionedCall/resnet50_1/conv1_conv_1/convolution` is `conv1_conv_1/convolution`).
 *
 * @param taken - the input's name, which none of them gets.
 */
export function tapNames(names: readonly string[], taken: string): readonly string[] {
  const whole = names.map((name) => name.split('/'));
  const uncalled = whole.map((path) => path.filter((part, at) => at === path.length - 1 || !CALL.test(part)));
  const shared = sharedParts(uncalled);
  return told(
    uncalled.map((path) => path.slice(shared).join('/')),
    taken,
  );
}
