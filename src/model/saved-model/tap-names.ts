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

/**
 * Short names for nodes: without the calls that they are inlined from, and without what all begin with
 * (`StatefulPartitionedCall/resnet50_1/conv1_conv_1/convolution` is `conv1_conv_1/convolution`), but where two would be the same.
 */
export function tapNames(names: readonly string[]): readonly string[] {
  const whole = names.map((name) => name.split('/'));
  const uncalled = whole.map((path) => path.filter((part, at) => at === path.length - 1 || !CALL.test(part)));
  const shared = sharedParts(uncalled);
  const short = uncalled.map((path) => path.slice(shared).join('/'));
  return new Set(short).size === names.length ? short : names;
}
