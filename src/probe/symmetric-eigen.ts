import tf from '@tensorflow/tfjs';
import { type Eigen, householderEigen } from './householder-eigen.js';

/** An attribute of a TensorFlow op, and the part of tfjs-node's binding that runs one. */
interface OpAttribute {
  readonly name: string;
  readonly type: number;
  readonly value: unknown;
}

interface Binding {
  executeOp(op: string, attributes: OpAttribute[], inputs: number[], outputs: number): { id: number }[];
  tensorDataSync(id: number): Float32Array;
  deleteTensor(id: number): void;
  createTensor(shape: number[], dtype: number, values: Float32Array): number;
  readonly TF_ATTR_BOOL: number;
  readonly TF_ATTR_TYPE: number;
}

/** TensorFlow's numbers for its types (DataType in types.proto). */
const TYPES = { float: 1, double: 2 } as const;

/**
 * Eigenvalues and eigenvectors of a symmetric matrix, (size, size), in float64: by TensorFlow where it computes, and
 * else by our own loops, which take several times as long.
 *
 * @throws Error when a number is not finite.
 */
export function symmetricEigen(matrix: Float64Array, size: number): Eigen {
  if (tf.getBackend() !== 'tensorflow' || size < 2) return householderEigen(matrix, size);
  if (!matrix.every(Number.isFinite)) throw new Error('a matrix with numbers that are not finite');
  const ops = new DoubleOps((tf.backend() as unknown as { binding: Binding }).binding);
  try {
    const [values, vectors] = ops.eigen(ops.double(matrix, size), size);
    // Where TensorFlow's own iteration fails, it says so by numbers that are none.
    if (!values!.every(Number.isFinite)) return householderEigen(matrix, size);
    return { values: values!, vectors: vectors! };
  } finally {
    ops.dispose();
  }
}

/** tfjs has no float64 tensors: these pass in and out of TensorFlow as sums of two float32 ones, 48 bits in all. */
class DoubleOps {
  readonly #ids: number[] = [];

  constructor(private readonly binding: Binding) {}

  double(matrix: Float64Array, size: number): number {
    const high = Float32Array.from(matrix);
    const low = Float32Array.from(matrix, (value, at) => value - high[at]!);
    const [left, right] = [high, low].map((part) => this.#cast(this.#created(part, size), 'float', 'double'));
    return this.#run('AddV2', [this.#type('T', 'double')], [left!, right!], 1)[0]!;
  }

  /** Values, and eigenvectors turned from columns to rows. */
  eigen(matrix: number, size: number): Float64Array[] {
    const { TF_ATTR_BOOL } = this.binding;
    const attributes = [{ name: 'compute_v', type: TF_ATTR_BOOL, value: true }, this.#type('T', 'double')];
    const [values, columns] = this.#run('SelfAdjointEigV2', attributes, [matrix], 2);
    return [this.#read(values!), transposed(this.#read(columns!), size)];
  }

  dispose(): void {
    for (const id of this.#ids) this.binding.deleteTensor(id);
  }

  #read(id: number): Float64Array {
    const high = this.#cast(id, 'double', 'float');
    const back = this.#cast(high, 'float', 'double');
    const rest = this.#run('Sub', [this.#type('T', 'double')], [id, back], 1)[0]!;
    const low = this.binding.tensorDataSync(this.#cast(rest, 'double', 'float'));
    return Float64Array.from(this.binding.tensorDataSync(high), (value, at) => value + low[at]!);
  }

  #created(values: Float32Array, size: number): number {
    const id = this.binding.createTensor([size, size], TYPES.float, values);
    this.#ids.push(id);
    return id;
  }

  #cast(id: number, from: keyof typeof TYPES, to: keyof typeof TYPES): number {
    const truncate = { name: 'Truncate', type: this.binding.TF_ATTR_BOOL, value: false };
    return this.#run('Cast', [this.#type('SrcT', from), this.#type('DstT', to), truncate], [id], 1)[0]!;
  }

  #type(name: string, type: keyof typeof TYPES): OpAttribute {
    return { name, type: this.binding.TF_ATTR_TYPE, value: TYPES[type] };
  }

  #run(op: string, attributes: OpAttribute[], inputs: number[], outputs: number): number[] {
    const ids = this.binding.executeOp(op, attributes, inputs, outputs).map(({ id }) => id);
    this.#ids.push(...ids);
    return ids;
  }
}

function transposed(matrix: Float64Array, size: number): Float64Array {
  const out = new Float64Array(size * size);
  for (let row = 0; row < size; row++)
    for (let at = 0; at < size; at++) out[at * size + row] = matrix[row * size + at]!;
  return out;
}
