import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { OnnxProvider } from '../../backend/onnx-runtime.js';
import { onnxThreads } from '../../backend/onnx-runtime.js';
import { UserError } from '../../errors.js';
import { runtimeProblem, sessionOptions } from '../../model/onnx/shapes.js';
import type { ForwardPass, ForwardResult, Wanted } from '../forward.js';
import type { WorkerAnswer, WorkerRequest } from './session-worker.js';
import { type TapModelOptions, tapModel } from './tap-graph.js';

/**
 * What the runtime leaves alone: rewritings that depend on who reads a value and that change how numbers are rounded, but
 * for those of convolutions, which pay and which tap-reads.ts keeps as they are.
 */
export const LEFT_ALONE: readonly string[] = [
  ...['CommonSubexpressionElimination', 'TransposeOptimizer', 'MatMulAddFusion', 'MatmulTransposeFusion'],
  ...['MatMulScaleFusion', 'MatMulActivationFusion', 'MatMul_BatchNormalization_Fusion', 'GemmSumFusion'],
  ...[
    'GemmTransposeFusion',
    'DivMulFusion',
    'GeluFusionL1',
    'GeluFusionL2',
    'FastGeluFusion',
    'QuickGeluFusion',
  ],
  ...['BiasGeluFusion', 'BiasSoftmaxFusion', 'LayerNormFusionL1', 'LayerNormFusionL2', 'SkipLayerNormFusion'],
  ...['BiasSkipLayerNormFusion', 'SimplifiedLayerNormFusion', 'AttentionFusion', 'EmbedLayerNormFusion'],
  ...['ConvAddActivationFusion', 'GatherToSliceFusion', 'SliceConcatToSpaceToDepthFusion'],
];

/** What a pass through onnxruntime is made of. */
export interface OnnxForwardOptions extends TapModelOptions {
  readonly provider: OnnxProvider;
}

/** Sources, which tests and benchmarks run from, need a loader of their own in a thread. */
function startWorker(): Worker {
  const ending = extname(import.meta.url);
  const { href } = new URL(`./session-worker${ending}`, import.meta.url);
  if (ending === '.js') return new Worker(new URL(href));
  const load = `import('tsx/esm/api').then(({ tsImport }) => tsImport('${href}', '${href}'))`;
  return new Worker(load, { eval: true });
}

/** The whole pass as one call of onnxruntime, on a thread of its own. */
export class OnnxForward implements ForwardPass {
  readonly #options: OnnxForwardOptions;
  readonly #worker: Worker;
  /** What the open session gives. */
  #opened = '';

  constructor(options: OnnxForwardOptions) {
    this.#options = options;
    this.#worker = startWorker();
  }

  async run(pixels: Uint8Array, wanted: Wanted): Promise<ForwardResult> {
    await this.#open(wanted);
    const own = pixels.slice();
    const arrays = await this.#ask({ kind: 'run', pixels: own }, [own.buffer]);
    const features = arrays.slice(0, wanted.columns.length);
    return wanted.classify ? { features, probabilities: arrays.at(-1) as Float32Array } : { features };
  }

  dispose(): void {
    void this.#worker.terminate();
  }

  /** Opens a session for what is wanted, which is the same from batch to batch but where a cache is filled up. */
  async #open(wanted: Wanted): Promise<void> {
    const key = JSON.stringify(wanted);
    if (this.#opened === key) return;
    const { model, batch, preprocess, provider } = this.#options;
    const { height, width, channels } = preprocess.geometry;
    const { extra, ...quiet } = sessionOptions(model.file);
    await this.#ask({
      kind: 'open',
      model: tapModel(this.#options, wanted),
      shape: [batch, height, width, channels],
      options: {
        ...quiet,
        executionProviders: provider === 'cuda' ? ['cuda', 'cpu'] : ['cpu'],
        graphOptimizationLevel: 'all',
        intraOpNumThreads: onnxThreads(),
        interOpNumThreads: 1,
        extra: { ...extra, optimization: { disable_specified_optimizers: LEFT_ALONE.join(';') } },
      },
    });
    this.#opened = key;
  }

  #ask(request: WorkerRequest, handedOver: readonly ArrayBuffer[] = []) {
    return new Promise<readonly (Float32Array | Uint16Array)[]>((resolve, reject) => {
      const failed = (error: Error) => reject(error);
      this.#worker.once('error', failed);
      this.#worker.once('message', (answer: WorkerAnswer) => {
        this.#worker.off('error', failed);
        if (answer.kind === 'done') resolve(answer.arrays);
        else reject(this.#problem(answer.message));
      });
      this.#worker.postMessage(request, handedOver);
    });
  }

  #problem(message: string): UserError {
    return new UserError(
      `model cannot be run: ${this.#options.model.file.path} (${runtimeProblem(message)})`,
    );
  }
}
