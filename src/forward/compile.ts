import type { Kernels } from '../backend/backend.js';
import { DataType } from '../backend/data-type.js';
import type { ComputeType } from './bfloat16.js';
import { spreadChannels } from './few-channels.js';
import { foldBatchNorm } from './fold-batch-norm.js';
import { foldPadding } from './fold-padding.js';
import { fuse } from './fuse.js';
import { type Graph, outputOf, rewriteGraph, shapeOf } from './graph.js';
import { poolMeans } from './pool-means.js';
import { simplify } from './simplify.js';
import { toBfloat16 } from './to-bfloat16.js';

/** Raised whenever the same network comes to another graph: compiled graphs of older versions are not used. */
export const COMPILER_VERSION = 5;

/** The name of an output as float16. */
export function halfName(output: string): string {
  return `half:${output}`;
}

/** Adds every output once more, as float16. */
function withHalves(graph: Graph): Graph {
  const halves = Object.entries(graph.outputs).map(([name, output]) => {
    const attributes = {
      SrcT: { kind: 'type', value: DataType.float32 },
      DstT: { kind: 'type', value: DataType.float16 },
    } as const;
    const cast = outputOf({ op: 'Cast', attributes, inputs: [output], shapes: [shapeOf(output)] });
    return [halfName(name), cast] as const;
  });
  return { ...graph, outputs: { ...graph.outputs, ...Object.fromEntries(halves) } };
}

/** What a graph is compiled for. */
export interface CompileOptions {
  readonly kernels: Kernels;
  readonly compute: ComputeType;
}

/**
 * Makes a traced run fast: batch norms folded into convolutions; biases, shortcuts and activations inside the
 * convolutions' kernels, and zeros around a map too; every output also as float16. A GPU's kernels take other things in, so there nothing is fused.
 */
export function compileGraph(traced: Graph, { kernels, compute }: CompileOptions): Graph {
  const rules = [
    simplify,
    foldBatchNorm,
    ...(kernels === 'onednn' ? [foldPadding, poolMeans, spreadChannels] : []),
  ];
  const folded = rules.reduce(rewriteGraph, traced);
  const fused = kernels === 'gpu' ? folded : fuse(folded, kernels);
  return withHalves(compute === 'float32' ? fused : toBfloat16(fused, compute));
}
