import type { Tap } from '../model.js';
import { isJoin, type TapGraph } from './tap-graph.js';

/** Inception modules, and the convolutions up to the last of them (Szegedy et al. 2015, Table 1). */
const MODULES = 11;
const CONVOLUTIONS = 94;

/** The ends of the modules: a join that only another one reads is a branch that splits. */
function modulesOf(graph: TapGraph): readonly Tap[] {
  return graph.taps.filter((tap) => {
    const next = graph.after(tap);
    return isJoin(tap) && (next.length === 0 || next.some((one) => !isJoin(one)));
  });
}

function isOf(kind: Tap['kind']) {
  return (tap: Tap) => tap.kind === kind;
}

/** Before the modules: both poolings, and the 1x1 convolution between them (the paper's 426,320 features). */
function stemPoints(graph: TapGraph, first: Tap): readonly Tap[] | undefined {
  const upToFirst = graph.above(first);
  const above = graph.taps.filter((tap) => upToFirst.has(tap));
  const [one, two] = above.filter(isOf('pooling'));
  if (one === undefined || two === undefined) return undefined;
  const upToSecond = graph.above(two);
  const between = above.filter((tap) => upToSecond.has(tap) && graph.above(tap).has(one));
  const narrow = between.find(isOf('convolution'));
  return narrow === undefined ? undefined : [one, graph.activated(narrow), two];
}

/** The convolutions of the auxiliary head: a path from a module, through a pooling, that comes to no other module. */
function auxiliaryPoints(graph: TapGraph, modules: readonly Tap[]): readonly Tap[] {
  const heads = modules
    .slice(0, -1)
    .flatMap((end) => graph.after(end))
    .filter((tap) => ![...graph.below(tap)].some(isJoin));
  return heads.flatMap((head) =>
    [...graph.below(head)].filter(isOf('convolution')).map((layer) => graph.activated(layer)),
  );
}

/**
 * Inception v3: both poolings of the stem and the convolution between them, the ends of the 11 modules, the average pooling
 * of the main head, and the two convolutions of the auxiliary head where there is one: 17 points with it, 15 without.
 *
 * The paper's Figures 5, 8 and 9 show 17 probes without naming them. Appendix C counts their features: 13 have more than
 * 100,000, 11 of these more than 200,000, and one has 426,320; at 299 x 299 pixels these points have just these numbers.
 * Undefined for any other network.
 */
export function inceptionPoints(graph: TapGraph): readonly Tap[] | undefined {
  const modules = modulesOf(graph);
  const [first, last] = [modules[0], modules.at(-1)];
  if (first === undefined || last === undefined || modules.length !== MODULES) return undefined;
  const convolutions = [...graph.above(last)].filter(isOf('convolution')).length;
  const stem = stemPoints(graph, first);
  if (convolutions !== CONVOLUTIONS || stem === undefined) return undefined;
  const pooled = graph.taps.find((tap) => tap.kind === 'pooling' && graph.below(last).has(tap));
  return [...stem, ...modules, ...(pooled === undefined ? [] : [pooled]), ...auxiliaryPoints(graph, modules)];
}
