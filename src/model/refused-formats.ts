import { extname } from 'node:path';

const PYTORCH = 'holds PyTorch weights, which no network comes with';

/** How a PyTorch checkpoint becomes a model, by the name of the network that it is of. */
function torchExport(path: string): string {
  return (
    `make export-model FROM=torchvision NAME=resnet50 WEIGHTS=${path} OUT=net.onnx ` +
    'exports it, with the name of its network; FROM=timm for one of timm'
  );
}

function kerasExport(path: string): string {
  return `make export-model FROM=keras WEIGHTS=${path} OUT=net exports it`;
}

interface Refusal {
  readonly holds: string;
  readonly export: (path: string) => string;
}

/** What a file holds by the ending of its name, and the command that makes it a model that strata reads. */
const REFUSED: Readonly<Record<string, Refusal>> = {
  '.pt': { holds: PYTORCH, export: torchExport },
  '.pth': { holds: PYTORCH, export: torchExport },
  '.ckpt': {
    holds: PYTORCH,
    export: (path) => `rename it to end in .pth; then ${torchExport(path.replace(/ckpt$/i, 'pth'))}`,
  },
  '.safetensors': { holds: 'holds weights, which no network comes with', export: torchExport },
  '.keras': { holds: 'is a Keras archive', export: kerasExport },
  '.h5': {
    holds: 'is a Keras file',
    export: (path) => `${kerasExport(path)}; NAME=ResNet50 names the network where it holds weights alone`,
  },
  '.hdf5': {
    holds: 'is a Keras file',
    export: (path) =>
      kerasExport(path.replace(/hdf5$/i, 'h5')).replace(/^/, 'rename it to end in .h5; then '),
  },
  '.tflite': {
    holds: 'is made for phones, and its layers are often quantised',
    export: () =>
      'export the network that it was converted from: make export-model FROM=keras WEIGHTS=net.keras OUT=net',
  },
  '.mlmodel': {
    holds: "is made for Apple's devices",
    export: () =>
      'export the network that it was converted from: make export-model FROM=torchvision NAME=resnet50 OUT=net.onnx',
  },
  '.pkl': {
    holds: 'is a pickle, which runs code when it is read',
    export: (path) => `save its state_dict() as .pth; then ${torchExport(path.replace(/pkl$/i, 'pth'))}`,
  },
  '.msgpack': {
    holds: 'holds Flax weights, which no network comes with',
    export: () => 'make a SavedModel of the network: jax2tf.convert, then tf.saved_model.save(module, DIR)',
  },
};

/**
 * Why a file cannot be a model, with the command that exports it to one, by the ending of its name; undefined for any
 * other path. Pure: it looks at no file.
 */
export function refusedFormat(path: string): string | undefined {
  const refusal = REFUSED[extname(path).toLowerCase()];
  if (refusal === undefined) return undefined;
  return `model is not one that strata reads: ${path} ${refusal.holds} (${refusal.export(path)})`;
}
