// Exports a network into a format that strata reads: export-model.ts torchvision|timm|keras [NAME] --out PATH ...
// The rest of the command line is that of export_torch.py or export_keras.py; `environment` in the place of NAME only makes
// the Python environment.
import { spawnSync } from 'node:child_process';
import { exporterOf, exportPython, isLibrary, LIBRARIES } from './environment.js';

function run(python: string, args: readonly string[]): number {
  const { status, error } = spawnSync(python, args, { stdio: 'inherit' });
  if (error !== undefined) throw error;
  return status ?? 1;
}

async function main([library, ...rest]: readonly string[]): Promise<number> {
  if (!isLibrary(library)) {
    console.error(
      `export from an unknown library: ${library ?? '(none)'} (known: ${Object.keys(LIBRARIES).join(', ')})`,
    );
    return 2;
  }
  const python = await exportPython(library);
  if (rest[0] === 'environment') return 0;
  return run(python, [exporterOf(library), ...(LIBRARIES[library] === 'torch' ? [library] : []), ...rest]);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
