"""Gives torchvision's ResNet-50 the weights of Keras's, for agreement.ts: as an ONNX model, and as what forward hooks see.

usage: agreement_torch.py export DIR             reads DIR/weights.npz, writes DIR/net.onnx
       agreement_torch.py hooks DIR IMAGES       IMAGES: float32 (n, 224, 224, 3), as the network takes them;
                                                 writes DIR/hooks/0.f32 ... 15.f32, each merge (n, height, width, channels)
"""

import sys
from pathlib import Path

import numpy as np
import torch
from torchvision.models import resnet50

from export_torch import export, quieten
from networks import Network
from sidecar import write_sidecar

PREPROCESS = {"preset": "caffe"}
EPSILON = 1.001e-5
SIZE = (224, 224)


def _norm(weights, layer):
    """A batch norm's state. Keras's convolutions have a bias, torchvision's none: it is taken off the mean after them."""
    conv, norm = f"{layer}_conv", f"{layer}_bn"
    return {
        "weight": weights[f"{norm}/gamma"],
        "bias": weights[f"{norm}/beta"],
        "running_mean": weights[f"{norm}/moving_mean"] - weights[f"{conv}/bias"],
        "running_var": weights[f"{norm}/moving_variance"],
    }


def _pairs(blocks):
    """Keras's name of each convolution and its norm, with those of torchvision."""
    yield "conv1", "conv1", "bn1"
    for stage, count in enumerate(blocks):
        for block in range(count):
            theirs, ours = f"conv{stage + 2}_block{block + 1}", f"layer{stage + 1}.{block}"
            if block == 0:
                yield f"{theirs}_0", f"{ours}.downsample.0", f"{ours}.downsample.1"
            for at in (1, 2, 3):
                yield f"{theirs}_{at}", f"{ours}.conv{at}", f"{ours}.bn{at}"


def state_of(weights):
    """torchvision's state_dict: kernels (out, in, height, width) from Keras's (height, width, in, out)."""
    state = {"fc.weight": weights["predictions/kernel"].T, "fc.bias": weights["predictions/bias"]}
    for theirs, conv, norm in _pairs((3, 4, 6, 3)):
        state[f"{conv}.weight"] = weights[f"{theirs}_conv/kernel"].transpose(3, 2, 0, 1)
        state |= {f"{norm}.{key}": value for key, value in _norm(weights, theirs).items()}
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in state.items()}


def network_of(path):
    """ResNet-50 as Keras has it: a stage is entered with the stride in its first 1x1 convolution, not in the 3x3 one."""
    network = resnet50(weights=None)
    for layer in (network.layer2, network.layer3, network.layer4):
        layer[0].conv1.stride, layer[0].conv2.stride = (2, 2), (1, 1)
    for module in network.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            module.eps = EPSILON
    with np.load(path) as weights:
        missing, unexpected = network.load_state_dict(state_of(weights), strict=False)
    if unexpected or any(not name.endswith("num_batches_tracked") for name in missing):
        raise ValueError(f"weights do not fit: {missing} are missing, {unexpected} unknown")
    return network.eval()


def merges(network, images):
    """What the third ReLU of every block is given, (n, height, width, channels)."""
    found, calls = [], {}

    def hook(module, inputs):
        calls[module] = calls.get(module, 0) + 1
        if calls[module] % 3 == 0:
            found.append(inputs[0].permute(0, 2, 3, 1).contiguous().numpy().copy())

    for layer in (network.layer1, network.layer2, network.layer3, network.layer4):
        for block in layer:
            block.relu.register_forward_pre_hook(hook)
    with torch.no_grad():
        network(images)
    return found


def main(what, folder, images=None):
    folder = Path(folder)
    network = network_of(folder / "weights.npz")
    if what == "export":
        quieten()
        export(Network(network, PREPROCESS, SIZE, False), folder / "net.onnx")
        write_sidecar(folder / "net.onnx", PREPROCESS, size=SIZE)
        return
    pixels = np.fromfile(images, np.float32).reshape(-1, *SIZE, 3).transpose(0, 3, 1, 2)
    (folder / "hooks").mkdir(exist_ok=True)
    for at, values in enumerate(merges(network, torch.from_numpy(np.ascontiguousarray(pixels)))):
        values.tofile(folder / "hooks" / f"{at}.f32")


if __name__ == "__main__":
    main(*sys.argv[1:])
