/*
 * safetensors: u64 little-endian header length N, N bytes of JSON (padded with spaces to 8), then the tensors.
 * Header: { "__metadata__": { text: text }, "<tensor>": { "dtype": "F32", "shape": [...], "data_offsets": [from, to] } }
 * with offsets counted from the end of the header. Here logits = weight h + bias, weight (classes, features).
 */
import { endianness } from 'node:os';
import type { ProbeWeights } from '../probe/measurement.js';
import { HashedFile } from '../store/hashed-file.js';
import { replaceFile } from './replace-file.js';

/** The name of a probe's tensors, before `/weight` and `/bias`. */
export function probeName({ tap, reduction, labelSet }: Omit<ProbeWeights, 'weight' | 'bias'>): string {
  return `${tap}|${reduction}|${labelSet}`;
}

/**
 * Writes probes as float32 tensors `tap|reduction|labelSet/weight` (classes, features) and `/bias` (classes).
 * The metadata holds the class names of each label set as a JSON list, under `classes|<label set>`.
 */
export async function writeProbes(path: string, probes: readonly ProbeWeights[]): Promise<void> {
  const header = headerOf(probes);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(header.byteLength));
  await replaceFile(path, async (temporary) => {
    const file = await HashedFile.create(temporary);
    try {
      await file.write([length, header]);
      for (const { weight, bias } of probes) await file.write([littleEndian(weight), littleEndian(bias)]);
      await file.finish(probes.length);
    } catch (error) {
      await file.abort();
      throw error;
    }
  });
}

function headerOf(probes: readonly ProbeWeights[]): Buffer {
  let offset = 0;
  const entry = (values: Float32Array, shape: readonly number[]) => {
    const from = offset;
    offset += values.byteLength;
    return { dtype: 'F32', shape, data_offsets: [from, offset] };
  };
  const classes = probes.map((probe) => [`classes|${probe.labelSet}`, JSON.stringify(probe.classes)]);
  const tensors = probes.flatMap((probe) => [
    [`${probeName(probe)}/weight`, entry(probe.weight, [probe.classes.length, probe.features])],
    [`${probeName(probe)}/bias`, entry(probe.bias, [probe.classes.length])],
  ]);
  const json = JSON.stringify({
    __metadata__: {
      format: 'strata-probes',
      formula: 'logits = weight h + bias',
      ...Object.fromEntries(classes),
    },
    ...Object.fromEntries(tensors),
  });
  const bytes = Buffer.from(json, 'utf8');
  return Buffer.concat([bytes, Buffer.alloc((8 - (bytes.byteLength % 8)) % 8, ' ')]);
}

/** The bytes of an array as the file holds them: a view where the machine is little-endian, else a copy. */
function littleEndian(values: Float32Array): Uint8Array {
  const bytes = Buffer.from(values.buffer, values.byteOffset, values.byteLength);
  return endianness() === 'LE' ? bytes : Buffer.from(bytes).swap32();
}
