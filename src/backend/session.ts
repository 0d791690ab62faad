import { sessionModule } from './tensorflow-package.js';

/** What `session.cc` exports. */
interface NativeSessions {
  open(graphDef: Uint8Array, config: Uint8Array, input: string, shape: readonly number[]): object;
  run(
    session: object,
    pixels: Uint8Array,
    names: readonly string[],
    arrays: readonly Uint8Array[],
    trace: boolean,
  ): Promise<Uint8Array | undefined>;
  close(session: object): void;
}

let loaded: NativeSessions | undefined;

function native(): NativeSessions {
  if (loaded === undefined) {
    const module = { exports: {} };
    process.dlopen(module, sessionModule());
    loaded = module.exports as NativeSessions;
  }
  return loaded;
}

// ConfigProto {
//   gpu_options { allow_growth: true }
//   graph_options { optimizer_options { opt_level: L0 } rewrite_options { disable_meta_optimizer: true } }
// }
// The graph is run as it was written: an optimiser that looks at which outputs are asked for would let a feature's last
// bits depend on which others are computed beside it.
const CONFIG = Uint8Array.of(
  ...[0x32, 0x02, 0x20, 0x01],
  ...[0x52, 0x12, 0x1a, 0x0b, 0x18, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01],
  ...[0x52, 0x03, 0x98, 0x01, 0x01],
);

/** The graph that a session runs. */
export interface SessionGraph {
  /** A serialised GraphDef. */
  readonly bytes: Uint8Array;
  /** Its uint8 input node, and that one's shape. */
  readonly input: string;
  readonly shape: readonly number[];
}

/** An output of a run: a node, whose first output is copied into `into`, as many bytes as it has. */
export interface SessionOutput {
  readonly node: string;
  readonly into: Uint8Array;
}

/**
 * A TensorFlow session over one graph. It runs on a thread of its own, so that decoding and writing go on meanwhile, and
 * it is closed by `close` or by the garbage collector.
 */
export class Session {
  readonly #session: object;

  /** @throws Error where TensorFlow refuses the graph, with its words. */
  constructor({ bytes, input, shape }: SessionGraph) {
    this.#session = native().open(bytes, CONFIG, input, shape);
  }

  /** Runs the graph on one batch of pixels. One run at a time; none of the arrays may change until it is over. */
  async run(pixels: Uint8Array, outputs: readonly SessionOutput[]): Promise<void> {
    await this.#run(pixels, outputs, false);
  }

  /** Runs the graph and returns TensorFlow's own account of it: a serialised RunMetadata. */
  async traced(pixels: Uint8Array, outputs: readonly SessionOutput[]): Promise<Uint8Array> {
    return (await this.#run(pixels, outputs, true)) ?? new Uint8Array();
  }

  /** Frees the session. Not while it runs. */
  close(): void {
    native().close(this.#session);
  }

  #run(pixels: Uint8Array, outputs: readonly SessionOutput[], trace: boolean) {
    const nodes = outputs.map(({ node }) => node);
    const arrays = outputs.map(({ into }) => into);
    return native().run(this.#session, pixels, nodes, arrays, trace);
  }
}
