import { OrderTally, orderOfMap } from '../class-order.js';
import type { SampleTable } from '../read/samples.js';
import type { Manifest } from '../store/manifest.js';

/**
 * What the samples of a cache say against how its network's outputs were read as classes; undefined where nothing does, or
 * the classes have but one order. Of caches of earlier versions too.
 */
export function classOrderWarning(
  { identity, names }: Manifest,
  samples: readonly SampleTable[],
): string | undefined {
  const classes = identity.labelSets.label?.classes ?? [];
  const used = orderOfMap(classes, identity.classifier?.mapSha256);
  if (used === undefined) return undefined;
  const tally = new OrderTally(classes, used);
  for (const { modelPrediction, labels } of samples)
    for (const [row, prediction] of modelPrediction.entries()) {
      const label = classes[labels.label?.[row] ?? -1];
      if (prediction !== null && label !== undefined) tally.add(prediction, label);
    }
  return tally.warning(names.model);
}
