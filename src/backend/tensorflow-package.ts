import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const require = createRequire(import.meta.url);

/** The folder of the installed `@tensorflow/tfjs-node-gpu` package. */
export function tensorflowPackage(): string {
  return dirname(require.resolve('@tensorflow/tfjs-node-gpu/package.json'));
}

/** The compiled binding that `make setup` puts into the package. */
export function tensorflowBinding(): string {
  return join(tensorflowPackage(), 'lib', 'napi-v8', 'tfjs_binding.node');
}

/** Our own native module beside the binding: loaded first, it keeps TensorFlow's start-up lines off stderr. */
export function quietModule(): string {
  return join(dirname(tensorflowBinding()), 'quiet.node');
}

/** Our own native module beside the binding: TensorFlow sessions that do not block JavaScript. */
export function sessionModule(): string {
  return join(dirname(tensorflowBinding()), 'session.node');
}

/** Our own native module beside the binding: passes over feature rows for softmax regression. */
export function softmaxModule(): string {
  return join(dirname(tensorflowBinding()), 'softmax.node');
}

/** Our own native module beside the binding: hashes that do not block JavaScript. */
export function hashModule(): string {
  return join(dirname(tensorflowBinding()), 'hash.node');
}

/** Our own native module beside the binding: images resampled without blocking JavaScript. */
export function resampleModule(): string {
  return join(dirname(tensorflowBinding()), 'resample.node');
}

/** What set-up did: which build of the library it installed and from what, or why it installed none. */
export type SetupRecord =
  | { readonly kind: 'installed'; readonly variant: 'cpu' | 'gpu'; readonly key: string }
  | { readonly kind: 'none'; readonly reason: string };

/** The file that holds the {@link SetupRecord}, in the package, so that they go together. */
export function setupRecordFile(): string {
  return join(tensorflowPackage(), 'strata-setup.json');
}

/** Reads what set-up did, or undefined where it has not run. */
export function readSetupRecord(): SetupRecord | undefined {
  const file = setupRecordFile();
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as SetupRecord) : undefined;
}
