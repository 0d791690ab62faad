import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';

const SOURCES = join(import.meta.dirname, '..', '..', 'scripts', 'export');

// torchvision and torch as far as torchvision_network goes, without them: networks remember how they were made.
const FAKES = `
import json, sys, types

class Module:
    def __init__(self, **made): self.__dict__.update(made)
    def load_state_dict(self, state): pass
    def eval(self): return self

class Weights:
    url = "https://example.org/googlenet-1378be20.pth"
    def transforms(self):
        return types.SimpleNamespace(mean=[0.485, 0.456, 0.406], std=[0.229, 0.224, 0.225], crop_size=[224], resize_size=[256],
                                     interpolation=types.SimpleNamespace(value="bilinear"))

weights = Weights()
class Known(list): DEFAULT = weights

def get_model(name, weights=None, **extra):
    return Module(transform_input=weights is not None, **extra)

models = types.ModuleType("torchvision.models")
models.get_model, models.list_models = get_model, lambda module: ["googlenet", "resnet50"]
models.get_model_weights = lambda name: Known([weights])
torchvision, torch = types.ModuleType("torchvision"), types.ModuleType("torch")
torchvision.models = models
torch.nn, torch.Tensor = types.SimpleNamespace(Module=Module), object
sys.modules.update({"torch": torch, "torchvision": torchvision, "torchvision.models": models})
import networks
networks.state_dict_of, networks.outputs_of = lambda path: {}, lambda state: 1000
`;

function python(script: string) {
  const env = { PATH: process.env.PATH, PYTHONPATH: SOURCES, PYTHONDONTWRITEBYTECODE: '1' };
  return spawnSync('python3', ['-c', script], { encoding: 'utf8', env });
}

const hasPython = python('import sys; sys.exit(sys.version_info < (3, 8))').status === 0;

describe.skipIf(!hasPython)('torchvision_network', () => {
  test('changes the input of GoogLeNet for a file of published weights as it does for the weights by name', () => {
    const asked = [
      ['googlenet', 'default'],
      ['googlenet', 'somewhere/googlenet-1378be20.pth'],
      ['googlenet', 'own.pth'],
      ['resnet50', 'googlenet-1378be20.pth'],
    ];
    const { stdout, stderr } = python(
      `${FAKES}\nprint(json.dumps([networks.torchvision_network(*one).module.transform_input for one in ${JSON.stringify(asked)}]))`,
    );
    if (stdout === '') throw new Error(stderr);
    expect(JSON.parse(stdout)).toEqual([true, true, false, false]);
  });
});
