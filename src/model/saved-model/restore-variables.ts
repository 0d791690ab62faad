import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { bytesPerValue, DataType, typeName } from '../../backend/data-type.js';
import {
  type Constant,
  type NodeDef,
  type NumberConstant,
  serialiseGraph,
} from '../../backend/graph-messages.js';
import { Session } from '../../backend/session.js';
import { messageOf, UserError } from '../../errors.js';
import type { SavedVariable } from './variables.js';

/** No model has more weight bytes than this: 16 GiB. */
const MAX_BYTES = 2 ** 34;

function constantNode(name: string, texts: readonly string[], shape: readonly number[]): NodeDef {
  const dtype = DataType.string;
  const constant: Constant = { dtype, shape, texts };
  return { name, op: 'Const', inputs: [], attributes: { dtype: { kind: 'type', value: dtype } }, constant };
}

function outputName(at: number): string {
  return `value_${at}`;
}

/** RestoreV2, TensorFlow's own op that reads checkpoints and checks their sums, and a node for each of its outputs. */
function restoreGraph(prefix: string, variables: readonly SavedVariable[]): NodeDef[] {
  const shape = { kind: 'shape', value: [1] } as const;
  const input: NodeDef = {
    name: 'unused',
    op: 'Placeholder',
    inputs: [],
    attributes: { dtype: { kind: 'type', value: DataType.uint8 }, shape },
  };
  const list = (name: string, texts: readonly string[]) => constantNode(name, texts, [texts.length]);
  const restore: NodeDef = {
    name: 'restore',
    op: 'RestoreV2',
    inputs: ['prefix', 'keys', 'slices'],
    attributes: { dtypes: { kind: 'types', value: variables.map(({ dtype }) => dtype) } },
  };
  const outputs = variables.map(({ dtype }, at): NodeDef => {
    const attributes = { T: { kind: 'type', value: dtype } } as const;
    return { name: outputName(at), op: 'Identity', inputs: [`restore:${at}`], attributes };
  });
  const keys = list(
    'keys',
    variables.map(({ key }) => key),
  );
  const slices = list(
    'slices',
    variables.map(({ slice }) => slice),
  );
  return [input, constantNode('prefix', [prefix], []), keys, slices, restore, ...outputs];
}

function bytesOf({ name, dtype, shape }: SavedVariable): number {
  const width = bytesPerValue(dtype);
  if (width === undefined) throw new UserError(`model has a variable of ${typeName(dtype)}: ${name}`);
  return shape.reduce((product, length) => product * length, width);
}

async function read(prefix: string, variables: readonly SavedVariable[]): Promise<Uint8Array[]> {
  const arrays = variables.map((variable) => new Uint8Array(bytesOf(variable)));
  const bytes = serialiseGraph(restoreGraph(prefix, variables));
  const session = new Session({ bytes, input: 'unused', shape: [1] });
  try {
    const outputs = arrays.map((into, at) => ({ node: outputName(at), into }));
    await session.run(new Uint8Array(1), outputs);
  } finally {
    session.close();
  }
  return arrays;
}

/** TensorFlow's words without the node and the file of its own that they name. */
function shortened(message: string): string {
  return (message.split('\n')[0] ?? '').replace(/\s*\[\[.*$/, '').replace(/^.*?RestoreV2[^:]*:\s*/, '');
}

/**
 * Reads the values of variables from a SavedModel's checkpoint, in their order.
 *
 * @throws UserError where the checkpoint lacks one, or is damaged.
 */
export async function restoreVariables(
  folder: string,
  variables: readonly SavedVariable[],
): Promise<NumberConstant[]> {
  if (variables.length === 0) return [];
  const total = variables.reduce((sum, variable) => sum + bytesOf(variable), 0);
  if (total > MAX_BYTES) throw new UserError(`model has too many weights: ${total} bytes in ${folder}`);
  const prefix = join(folder, 'variables', 'variables');
  if (!existsSync(`${prefix}.index`)) throw new UserError(`model variables not found: ${prefix}.index`);
  try {
    const arrays = await read(prefix, variables);
    return arrays.map((bytes, at) => {
      const { dtype, shape } = variables[at]!;
      return { dtype, shape, bytes };
    });
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`model variables cannot be read: ${prefix} (${shortened(messageOf(error))})`, {
      cause: error,
    });
  }
}
