import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { z } from 'zod';
import { messageOf, UserError } from '../errors.js';
import { durableRename } from './durable-rename.js';
import { writeHashedFile } from './hashed-file.js';
import { type Manifest, type ManifestTap, manifestTapSchema } from './manifest.js';

/** The file of a run's directory that holds its network's topology. A cache holds it in its manifest. */
export const TOPOLOGY_FILE = 'topology.json';

/** One layer of a network: what it is, its shape without the batch, and the taps it is computed from. */
export type TopologyTap = ManifestTap;

/** A network as a graph: every tap of the model, probed or not, each after the taps it is computed from. */
export interface Topology {
  readonly taps: readonly TopologyTap[];
}

const topologySchema = z
  .strictObject({ taps: z.array(manifestTapSchema) })
  .superRefine(({ taps }, context) => {
    const known = new Set<string>();
    for (const { name, inputs } of taps) {
      const unknown = inputs.find((input) => !known.has(input));
      if (unknown !== undefined)
        context.addIssue({
          code: 'custom',
          message: `${name} is computed from ${unknown}, which is not before it`,
        });
      if (known.has(name)) context.addIssue({ code: 'custom', message: `two taps are called ${name}` });
      known.add(name);
    }
  });

/** The topology of the network that filled a cache. Every cache has it. */
export function topologyOf({ taps }: Manifest): Topology {
  return { taps };
}

/** Writes `topology.json` into a run's directory, whole or not at all. Equal topologies give equal bytes. */
export async function writeTopology(directory: string, { taps }: Topology): Promise<void> {
  const file = join(directory, TOPOLOGY_FILE);
  const temporary = `${file}.${process.pid}.tmp`;
  const lines = taps.map(({ name, kind, op, shape, depth, inputs }) =>
    JSON.stringify({ name, kind, op, shape, depth, inputs }),
  );
  await writeHashedFile(temporary, Buffer.from(`{"taps": [\n${lines.join(',\n')}\n]}\n`), 0);
  await durableRename(temporary, file, directory);
}

/**
 * Reads `topology.json` of a run's directory; undefined where there is none, as in runs of earlier versions.
 *
 * @throws UserError when the file is not one that {@link writeTopology} wrote: a tap before its inputs, say.
 */
export async function readTopology(directory: string): Promise<Topology | undefined> {
  const file = join(directory, TOPOLOGY_FILE);
  try {
    return topologySchema.parse(JSON.parse(await readFile(file, 'utf8')));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    const problem = error instanceof z.ZodError ? z.prettifyError(error) : messageOf(error);
    throw new UserError(`not a topology: ${file}: ${problem.replaceAll('\n', ' ')}`, { cause: error });
  }
}
