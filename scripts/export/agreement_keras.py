"""Makes the ResNet-50 of keras.applications with random weights, for agreement.ts: a SavedModel, a tfjs layers model, and
its weights by name in a file of NumPy's, which agreement_torch.py reads.

usage: agreement_keras.py DIR
writes DIR/saved-model, DIR/tfjs and DIR/weights.npz
"""

import os
import sys
from pathlib import Path

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")

import keras
import numpy as np

from export_keras import export
from sidecar import write_sidecar
from tfjs_layers import write_tfjs

SEED = 1
PREPROCESS = {"preset": "caffe"}


def randomised():
    """A network none of whose weights is 0 or 1, and whose normalisations know the activations that they get."""
    keras.utils.set_random_seed(SEED)
    network = keras.applications.ResNet50(weights=None)
    random = np.random.default_rng(SEED)
    norms = [layer for layer in network.layers if isinstance(layer, keras.layers.BatchNormalization)]
    for layer in network.layers:
        for weight in layer.weights:
            if weight.name in ("bias", "beta"):
                weight.assign(random.normal(0, 0.1, weight.shape))
            if weight.name == "gamma":
                weight.assign(random.uniform(0.5, 1.5, weight.shape))
    for layer in norms:
        layer.momentum = 0.0
    # In training, without momentum, each normalisation keeps the mean and the deviation of this batch.
    network(random.normal(0, 60, (8, 224, 224, 3)).astype(np.float32), training=True)
    for layer in norms:
        layer.momentum = 0.99
    return network


def main(folder):
    folder = Path(folder)
    network = randomised()
    export(network, folder / "saved-model")
    write_tfjs(network, folder / "tfjs")
    for model in ("saved-model", "tfjs"):
        write_sidecar(folder / model, PREPROCESS)
    np.savez(folder / "weights.npz", **{weight.path: np.asarray(weight) for weight in network.weights})


if __name__ == "__main__":
    main(sys.argv[1])
