import type { LayerPlan, LayerStep } from './layer-plan.js';
import { type OtherSource, otherSources } from './other-sources.js';

/** Layers that draw numbers also where the network only predicts; Dropout and noise do not. */
const RANDOM = new Set(['RandomHeight', 'RandomWidth']);

function ownSource({ name, layer }: LayerStep): OtherSource | undefined {
  const op = layer.getClassName();
  const place = `${op} at ${name}`;
  if (RANDOM.has(op)) return { kind: 'random', place };
  if ((layer as { stateful?: unknown }).stateful === true) return { kind: 'earlier', place };
  const { axis } = layer.getConfig();
  const axes = Array.isArray(axis) ? axis : [axis];
  return axes.includes(0) ? { kind: 'batch', place } : undefined;
}

/** What the steps of a plan depend on besides the image. */
export function layerSources({ steps }: LayerPlan): ReadonlyMap<LayerStep, OtherSource> {
  const makers = new Map(steps.flatMap((step) => step.outputs.map((value) => [value, step] as const)));
  return otherSources<LayerStep>({
    nodes: steps,
    readsOf: ({ inputs }) => inputs.flatMap((value) => makers.get(value) ?? []),
    own: ownSource,
  });
}
