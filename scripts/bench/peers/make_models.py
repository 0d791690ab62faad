"""Writes one set of weights in the formats of all peers.

usage: make_models.py OUT_DIR [MOBILENET_DIR]
ResNet-50 has seeded random weights, MobileNetV2 those of MOBILENET_DIR (default ../shared/models/mobilenet-v2). For
each: NAME/ (tfjs layers model with its strata.json), NAME.onnx (predictions), NAME-taps.onnx (predictions, and the
input and every merge averaged over space) and NAME.pt (state_dict of torch_network.TorchNetwork).
"""

import sys
from pathlib import Path

import onnx
import torch

from calibrate import calibrated
from onnx_network import onnx_network
from resnet50 import resnet50
from tfjs_layers import read_network, write_network
from torch_network import state_dict

SEED = 20261124
MOBILENET = "../shared/models/mobilenet-v2"


def write_all(network, folder):
    """Writes the network in every format below `folder`."""
    write_network(network, folder / network.name)
    onnx.save(onnx_network(network, with_taps=False), folder / f"{network.name}.onnx")
    onnx.save(onnx_network(network, with_taps=True), folder / f"{network.name}-taps.onnx")
    torch.save(state_dict(network), folder / f"{network.name}.pt")
    print(f"{network.name}: {len(network.layers)} layers, {len(network.taps)} taps")


def refuse(message):
    """Ends the program with one line and exit code 2: the mistake is the user's."""
    print(message, file=sys.stderr)
    sys.exit(2)


def main(arguments):
    if len(arguments) not in (1, 2):
        refuse("usage: make_models.py OUT_DIR [MOBILENET_DIR]")
    folder, mobilenet = Path(arguments[0]), Path(arguments[1] if len(arguments) == 2 else MOBILENET)
    if not (mobilenet / "model.json").exists():
        refuse(f"model not found: {mobilenet}/model.json")
    folder.mkdir(parents=True, exist_ok=True)
    write_all(calibrated(resnet50(SEED), SEED + 1), folder)
    write_all(read_network(mobilenet, "tf"), folder)


if __name__ == "__main__":
    main(sys.argv[1:])
