import type { SampleTable } from '../../src/read/samples.js';
import { type PerSplit, perSplit } from '../../src/split.js';

/** A made-up sample: its bytes by a name, null where they could not be read, and its class. */
export interface MadeSample {
  readonly bytes: string | null;
  readonly label?: number;
  readonly quarantined?: boolean;
}

/** Sample tables whose digests are the names of the bytes, padded. */
export function sampleTables(samples: PerSplit<readonly MadeSample[]>): PerSplit<SampleTable> {
  return perSplit((split) => {
    const rows = samples[split];
    const sha256 = Buffer.alloc(rows.length * 32);
    for (const [row, { bytes }] of rows.entries()) sha256.write(bytes ?? '', row * 32);
    const ok = Uint8Array.from(rows, ({ quarantined }) => Number(quarantined !== true));
    return {
      rows: rows.length,
      ids: Int32Array.from(rows.keys()),
      keys: rows.map((_, row) => `${split}/${row}`),
      ok,
      quarantined: ok.filter((one) => one === 0).length,
      sha256: new Uint8Array(sha256),
      labels: { label: Int32Array.from(rows, ({ label = 0 }) => label) },
      modelPrediction: rows.map(() => 'x'),
      modelLoss: new Float64Array(rows.length),
      modelRank: new Int32Array(rows.length),
    };
  });
}
