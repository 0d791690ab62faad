import { once } from 'node:events';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { OnnxProvider } from '../../backend/onnx-runtime.js';
import { onnxThreads } from '../../backend/onnx-runtime.js';
import { UserError } from '../../errors.js';
import { runtimeProblem, sessionOptions } from '../../model/onnx/shapes.js';
import type { OpSpan } from '../../profile.js';
import type { ForwardPass, ForwardResult, Wanted } from '../forward.js';
import { profiledOps } from './profiled-ops.js';
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
  /** Rejects once the thread is no more. */
  readonly #ended: Promise<never>;
  #session: { readonly key: string; readonly opened: Promise<unknown> } | undefined;

  /** Opens the session for `expected` right away, so that it is there when the first images are. */
  constructor(options: OnnxForwardOptions, expected: Wanted) {
    this.#options = options;
    this.#worker = startWorker();
    // Only while it is asked something does it keep the process from ending.
    this.#worker.unref();
    this.#ended = once(this.#worker, 'exit').then(([code]) => {
      throw new Error(`the thread of onnxruntime ended with code ${code}`);
    });
    this.#ended.catch(() => undefined);
    // A failure is met again by the run that waits for it.
    this.#open(expected).catch(() => undefined);
  }

  async run(pixels: Uint8Array, wanted: Wanted): Promise<ForwardResult> {
    await this.#open(wanted);
    const own = pixels.slice();
    const { arrays } = await this.#ask({ kind: 'run', pixels: own }, [own.buffer]);
    const features = arrays.slice(0, wanted.columns.length);
    return wanted.classify ? { features, probabilities: arrays.at(-1) as Float32Array } : { features };
  }

  async profile(pixels: Uint8Array, wanted: Wanted): Promise<readonly OpSpan[]> {
    await this.#open(wanted);
    return profiledOps((await this.#ask({ kind: 'profile', pixels })).json);
  }

  dispose(): void {
    void this.#worker.terminate();
  }

  /** Opens a session for what is wanted, which is the same from batch to batch but where a cache is filled up. */
  #open(wanted: Wanted): Promise<unknown> {
    const key = JSON.stringify(wanted);
    if (this.#session?.key !== key) {
      const before = this.#session?.opened.catch(() => undefined);
      const opened = Promise.resolve(before).then(() => this.#ask(this.#request(wanted)));
      this.#session = { key, opened };
    }
    return this.#session.opened;
  }

  #request(wanted: Wanted): Extract<WorkerRequest, { kind: 'open' }> {
    const { model, batch, preprocess, provider } = this.#options;
    const { height, width, channels } = preprocess.geometry;
    const { extra, ...quiet } = sessionOptions(model.file);
    return {
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
    };
  }

  async #ask<Kind extends WorkerRequest['kind']>(
    request: Extract<WorkerRequest, { kind: Kind }>,
    handedOver: readonly ArrayBuffer[] = [],
  ): Promise<Extract<WorkerAnswer, { kind: Kind }>> {
    const over = new AbortController();
    this.#worker.ref();
    try {
      const answered = once(this.#worker, 'message', { signal: over.signal });
      this.#worker.postMessage(request, handedOver);
      const [answer] = (await Promise.race([answered, this.#ended])) as [WorkerAnswer];
      if (answer.kind === 'failed') throw this.#problem(answer.message);
      return answer as Extract<WorkerAnswer, { kind: Kind }>;
    } finally {
      over.abort();
      this.#worker.unref();
    }
  }

  #problem(message: string): UserError {
    return new UserError(
      `model cannot be run: ${this.#options.model.file.path} (${runtimeProblem(message)})`,
    );
  }
}
