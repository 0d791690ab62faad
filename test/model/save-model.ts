import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tf from '@tensorflow/tfjs';
import { afterAll } from 'vitest';

type Topology = Record<string, unknown>;

/** A model.json as a test may still change it. */
export interface SavedModel {
  json: {
    format?: string;
    modelTopology: Topology;
    weightsManifest: { paths: string[]; weights: tf.io.WeightsManifestEntry[] }[];
    [field: string]: unknown;
  };
  weights: Uint8Array;
}

const folders: string[] = [];

/** A folder that goes when the test file ends. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'strata-model-'));
  folders.push(folder);
  return folder;
}

afterAll(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

/** A layers model as tfjs saves it. */
export async function savedLayers(model: tf.LayersModel): Promise<SavedModel> {
  let saved: SavedModel | undefined;
  await model.save(
    tf.io.withSaveHandler(async ({ modelTopology, weightSpecs, weightData }) => {
      saved = {
        json: {
          format: 'layers-model',
          modelTopology: modelTopology as Topology,
          weightsManifest: [{ paths: ['weights.bin'], weights: weightSpecs! }],
        },
        weights: new Uint8Array(weightData as ArrayBuffer),
      };
      return { modelArtifactsInfo: { dateSaved: new Date(), modelTopologyType: 'JSON' } };
    }),
  );
  return saved!;
}

/** Writes a model into a folder of its own and returns the folder. */
export function writeModel({ json, weights }: SavedModel): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'model.json'), JSON.stringify(json));
  writeFileSync(join(folder, 'weights.bin'), weights);
  return folder;
}

/** Saves a model into a folder of its own and returns the folder. */
export async function saveLayers(model: tf.LayersModel): Promise<string> {
  return writeModel(await savedLayers(model));
}

/** The same weights in another type, as the tfjs converter quantises them: (q * scale + min), or float16. */
export function quantised(saved: SavedModel, dtype: 'uint8' | 'uint16' | 'float16'): SavedModel {
  const [group] = saved.json.weightsManifest;
  const parts: Uint8Array[] = [];
  let at = 0;
  const weights = group!.weights.map((spec) => {
    const count = spec.shape.reduce((a, b) => a * b, 1);
    const values = new Float32Array(saved.weights.slice(at, at + count * 4).buffer);
    at += count * 4;
    const { bytes, ...numbers } = encoded(values, dtype);
    parts.push(bytes);
    return { ...spec, quantization: { dtype, original_dtype: 'float32', ...numbers } };
  });
  const json = {
    ...saved.json,
    weightsManifest: [{ paths: ['weights.bin'], weights }],
  } as SavedModel['json'];
  return { json, weights: Buffer.concat(parts) };
}

function encoded(values: Float32Array, dtype: 'uint8' | 'uint16' | 'float16') {
  if (dtype === 'float16') return { bytes: bytesOf(Uint16Array.from(values, halfBits)) };
  const min = Math.min(...values);
  const levels = dtype === 'uint8' ? 255 : 65535;
  const scale = (Math.max(...values) - min) / levels || 1;
  const levelOf = (value: number) => Math.round((value - min) / scale);
  const quanta = dtype === 'uint8' ? Uint8Array.from(values, levelOf) : Uint16Array.from(values, levelOf);
  return { bytes: bytesOf(quanta), scale, min };
}

function bytesOf(array: Uint8Array | Uint16Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

/** The bits of a half-precision number, cut instead of rounded: enough for normal values. */
function halfBits(value: number): number {
  const bits = new Uint32Array(Float32Array.of(value).buffer)[0]!;
  const exponent = ((bits >>> 23) & 0xff) - 112;
  return exponent <= 0 ? 0 : ((bits >>> 16) & 0x8000) | (exponent << 10) | ((bits >>> 13) & 0x3ff);
}
