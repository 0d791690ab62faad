// bfloat16 is float32 without its last 16 mantissa bits. Convolutions take bfloat16 and add up in float32; their inputs,
// filters and outputs are rounded, and so is what flows between them. Taps are widened to float32 before they are reduced.
import { readFile } from 'node:fs/promises';
import { cpus } from 'node:os';
import type { Kernels } from '../backend/backend.js';
import { UserError } from '../errors.js';

/**
 * The number types a network can be computed in. The emulated one rounds to bfloat16 and computes in float32: the same
 * numbers as bfloat16 but for the order of additions, on any processor, and no faster than float32.
 */
export const COMPUTE_TYPES = ['float32', 'bfloat16', 'emulated-bfloat16'] as const;

/** One of {@link COMPUTE_TYPES}. */
export type ComputeType = (typeof COMPUTE_TYPES)[number];

/** What Linux calls the instructions that multiply bfloat16 numbers. */
const BFLOAT16_FLAGS = ['avx512_bf16', 'amx_bf16'] as const;

/** Whether a processor multiplies bfloat16 numbers, by the text of `/proc/cpuinfo`. */
export function hasBfloat16(cpuinfo: string): boolean {
  const flags = new Set((/^flags\s*:(.*)$/m.exec(cpuinfo)?.[1] ?? '').trim().split(/\s+/));
  return BFLOAT16_FLAGS.some((flag) => flags.has(flag));
}

/** Whether this machine's processor multiplies bfloat16 numbers. */
export async function hasBfloat16Here(): Promise<boolean> {
  // A system without the file has no way to tell, and no TensorFlow that strata can use.
  return hasBfloat16(await readFile('/proc/cpuinfo', 'utf8').catch(() => ''));
}

/**
 * Refuses bfloat16 where it would be computed slower than float32, or not at all. Of a GPU nothing is asked.
 *
 * @throws UserError naming the processor, or the setting that is in the way.
 */
export async function requireBfloat16(kernels: Kernels): Promise<void> {
  if (kernels === 'gpu') return;
  if (kernels === 'eigen')
    throw new UserError(
      'bfloat16 needs the kernels of oneDNN: TF_ENABLE_ONEDNN_OPTS=0 (unset it, or use --compute float32)',
    );
  if (await hasBfloat16Here()) return;
  throw new UserError(
    `the processor has no bfloat16 instructions: ${cpus()[0]?.model.trim() ?? 'unknown'} ` +
      `(${BFLOAT16_FLAGS.join(' or ')} would be needed; use --compute float32, or emulated-bfloat16 to see its effect)`,
  );
}
