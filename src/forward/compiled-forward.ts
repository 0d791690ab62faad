import { Session, type SessionOutput } from '../backend/session.js';
import type { OpSpan } from '../profile.js';
import { halfName } from './compile.js';
import type { ForwardOptions, ForwardPass, ForwardResult, Wanted } from './forward.js';
import type { GraphDef } from './graph-def.js';
import { opSpans } from './run-metadata.js';

/** What a compiled pass is made of. */
export interface CompiledOptions extends ForwardOptions {
  readonly graph: GraphDef;
  /** Whether features leave the graph as float16. */
  readonly halves: boolean;
}

interface Target {
  readonly node: string;
  readonly values: Float32Array | Uint16Array;
  readonly into: Uint8Array;
}

const PROBABILITIES = 'probabilities';

/** The whole pass as one call of a TensorFlow session, which does not block JavaScript. */
export class CompiledForward implements ForwardPass {
  readonly #options: CompiledOptions;
  readonly #session: Session;
  /** Two sets of arrays, used in turn. */
  readonly #targets: readonly [Map<string, Target>, Map<string, Target>] = [new Map(), new Map()];
  #turn = 0;

  constructor(options: CompiledOptions) {
    this.#options = options;
    const { batch, graph, preprocess } = options;
    const { height, width, channels } = preprocess.geometry;
    this.#session = new Session({ ...graph, shape: [batch, height, width, channels] });
  }

  /** @param options.halves - whether features leave the graph as float16; as the pass was made for by default. */
  async run(
    pixels: Uint8Array,
    wanted: Wanted,
    { halves = this.#options.halves } = {},
  ): Promise<ForwardResult> {
    const { features, probabilities, outputs } = this.#prepare(wanted, halves);
    await this.#session.run(pixels, outputs);
    return { features, ...(probabilities === undefined ? {} : { probabilities }) };
  }

  async profile(pixels: Uint8Array, wanted: Wanted): Promise<readonly OpSpan[]> {
    // Both sets of arrays may be in use: the one that is written now is the one that the next run would take.
    return opSpans(await this.#session.traced(pixels, this.#prepare(wanted).outputs));
  }

  dispose(): void {
    this.#session.close();
  }

  #prepare({ columns, classify }: Wanted, halves = this.#options.halves) {
    const { model } = this.#options;
    const arrays = this.#targets[this.#turn]!;
    this.#turn = 1 - this.#turn;
    const targets = columns.map((place) => {
      const name = halves ? halfName(String(place)) : String(place);
      return this.#target(arrays, name, this.#options.columns[place]!.features);
    });
    const last = classify ? this.#target(arrays, PROBABILITIES, model.classifier!.outputs) : undefined;
    const outputs: SessionOutput[] = [...targets, ...(last === undefined ? [] : [last])];
    return {
      features: targets.map(({ values }) => values),
      probabilities: last?.values as Float32Array | undefined,
      outputs,
    };
  }

  #target(arrays: Map<string, Target>, name: string, features: number): Target {
    const known = arrays.get(name);
    if (known !== undefined) return known;
    const { batch, graph } = this.#options;
    const values = new (name.startsWith(halfName('')) ? Uint16Array : Float32Array)(batch * features);
    const into = new Uint8Array(values.buffer);
    const target = { node: graph.outputs[name]!, values, into };
    arrays.set(name, target);
    return target;
  }
}
