import { existsSync } from 'node:fs';
import { nativeSoftmax } from '../../src/backend/softmax.js';
import { softmaxModule } from '../../src/backend/tensorflow-package.js';
import { NativePasses } from '../../src/probe/native-passes.js';
import type { RowPasses } from '../../src/probe/row-passes.js';
import { measureStandardisation } from '../../src/probe/standardise.js';
import { StandardisedRows } from '../../src/probe/standardised-rows.js';
import { TensorPasses } from '../../src/probe/tensor-passes.js';
import type { FeatureBlock, FeatureSource } from '../../src/read/feature-source.js';

/** What passes over rows are computed by. */
export const ENGINES = existsSync(softmaxModule())
  ? (['native kernels', 'tensors'] as const)
  : (['tensors'] as const);

export type Engine = 'native kernels' | 'tensors';

/** Opens the rows of a source for one engine. `chunkRows` is for tensors. */
export async function openPasses(options: {
  readonly engine: Engine;
  readonly source: FeatureSource;
  readonly resident: boolean;
  readonly chunkRows?: number | undefined;
}): Promise<RowPasses> {
  const { engine, source, resident, chunkRows = 16 } = options;
  const column = { tap: 'add_5', reduction: 'flatten' };
  const kept: FeatureBlock[] | undefined = resident ? [] : undefined;
  const standardisation = await measureStandardisation(source, column, kept);
  const split = 'train';
  if (engine === 'tensors')
    return new TensorPasses(
      new StandardisedRows({ source, split, column, standardisation, chunkRows, resident }),
    );
  const native = nativeSoftmax();
  if (native === undefined) throw new Error('the native kernels are not here');
  return new NativePasses({ native, source, split, column, standardisation, kept });
}
