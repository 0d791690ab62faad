import { existsSync } from 'node:fs';
import { expect, test } from 'vitest';
import { agreement, MODEL_FORMATS } from '../../scripts/export/agreement.js';
import { ENVIRONMENTS, pythonOf } from '../../scripts/setup/virtual-environment.js';
import { temporaryFolder } from '../cli/run-strata.js';

const HAS_PYTHON = [ENVIRONMENTS.torch, ENVIRONMENTS.tensorflow].every((one) => existsSync(pythonOf(one)));
if (!HAS_PYTHON)
  process.stderr.write(
    'agreement of formats: skipped (make export-environment FROM=torchvision, and FROM=keras)\n',
  );

/** The stages of the paper's Figure 4: merges, and their shape. */
const STAGES = [
  [3, [56, 56, 256]],
  [4, [28, 28, 512]],
  [6, [14, 14, 1024]],
  [3, [7, 7, 2048]],
] as const;

test.skipIf(!HAS_PYTHON)(
  'features of one ResNet-50 as ONNX, SavedModel and tfjs agree with the forward hooks of PyTorch, and with each other',
  async () => {
    const rows = await agreement(await temporaryFolder(), 2);
    const merges = STAGES.flatMap(([count, shape]) => Array.from({ length: count }, () => shape));
    expect(rows.map(({ shape }) => shape)).toEqual([[224, 224, 3], ...merges]);
    for (const row of rows) {
      for (const format of MODEL_FORMATS) expect(row.fromPyTorch[format]).toBeLessThan(1e-4);
      expect(row.betweenFormats).toBeLessThan(1e-4);
    }
    expect(Math.max(...rows.map(({ fromPyTorch }) => fromPyTorch.tfjs))).toBeGreaterThan(0);
  },
  1_800_000,
);
