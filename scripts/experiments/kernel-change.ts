import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';

const modelSchema = z.object({
  weightsManifest: z
    .array(
      z.object({
        paths: z.array(z.string()).length(1),
        weights: z.array(
          z.object({ name: z.string(), shape: z.array(z.int()), dtype: z.literal('float32') }),
        ),
      }),
    )
    .length(1),
});

/** The weights of a network that `saveModel` wrote, by name. */
async function readWeights(folder: string): Promise<ReadonlyMap<string, Float32Array>> {
  const { weightsManifest } = modelSchema.parse(
    JSON.parse(await readFile(join(folder, 'model.json'), 'utf8')),
  );
  const [group] = weightsManifest;
  const bytes = await readFile(join(folder, group?.paths[0] ?? ''));
  let at = 0;
  const entries = (group?.weights ?? []).map(({ name, shape }) => {
    const length = shape.reduce((product, side) => product * side, 1);
    const values = new Float32Array(
      bytes.buffer.slice(bytes.byteOffset + 4 * at, bytes.byteOffset + 4 * (at + length)),
    );
    at += length;
    return [name, values] as const;
  });
  return new Map(entries);
}

/** What training did to the kernel of one layer. */
export interface KernelChange {
  readonly layer: string;
  /** The root mean square of its weights after training. */
  readonly size: number;
  /** The root mean square of their changes, as a part of that of the first weights. */
  readonly change: number;
}

/** How far the kernels of each layer are from zero after training, and from where they were before; in the order of the network. */
export async function kernelChanges(before: string, after: string): Promise<readonly KernelChange[]> {
  const [first, last] = [await readWeights(before), await readWeights(after)];
  return [...last].flatMap(([name, values]) => {
    const start = first.get(name);
    if (!name.endsWith('/kernel') || start === undefined) return [];
    const moved = values.map((value, at) => value - start[at]!);
    const layer = name.slice(0, -'/kernel'.length);
    return [{ layer, size: rootMeanSquare(values), change: rootMeanSquare(moved) / rootMeanSquare(start) }];
  });
}

function rootMeanSquare(values: Float32Array): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}
