"""ResNet-50 as torchvision builds it (v1.5: the stride is on the 3 x 3 convolution), with seeded random weights.

He et al. 2016, table 1. Kernels are drawn by He's rule, N(0, 2 / fan_out); gamma, beta, moving mean and variance come
from calibrate.py, so that activations stay of order 1 and folding a batch norm changes every weight.
"""

import numpy as np

from tfjs_layers import Layer, Network

STAGES = ((64, 3), (128, 4), (256, 6), (512, 3))
EXPANSION = 4
CLASSES = 1000


class _Builder:
    """Collects layers; every method returns the new layer's name, to be the input of the next."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.layers = []
        self.counts = {}

    def add(self, kind, inputs, name=None, weights=None, **config):
        """Appends a layer; without a name it is numbered as Keras numbers: add, add_1, ..."""
        if name is None:
            stem = {"Activation": "activation", "Add": "add"}[kind]
            count = self.counts.get(stem, 0)
            self.counts[stem] = count + 1
            name = stem if count == 0 else f"{stem}_{count}"
        config = {"name": name, "trainable": False, "dtype": "float32", **config}
        self.layers.append(Layer(kind, name, config, tuple(inputs), weights or {}))
        return name

    def pad(self, x, name, width):
        return self.add("ZeroPadding2D", [x], name, padding=[[width, width]] * 2, data_format="channels_last")

    def conv_norm(self, x, name, channels, size=1, stride=1):
        """Convolution and batch norm. Padding is symmetric, as in torchvision: a layer of its own, or `same`."""
        (fan_in, filters), padded = channels, size > 1 and stride > 1
        if padded:
            x = self.pad(x, f"{name}_pad", size // 2)
        deviation = np.sqrt(2 / (size * size * filters))
        kernel = self.random.normal(0, deviation, (size, size, fan_in, filters)).astype(np.float32)
        how = {"padding": "same" if size > 1 and not padded else "valid", "dilation_rate": [1, 1]}
        how |= {"kernel_size": [size, size], "strides": [stride, stride], "data_format": "channels_last"}
        how |= {"filters": filters, "activation": "linear", "use_bias": False}
        x = self.add("Conv2D", [x], f"{name}_conv", {"kernel": kernel}, **how)
        norm = {"axis": 3, "momentum": 0.9, "epsilon": 1e-5, "center": True, "scale": True}
        ones, zeros = np.ones(filters, np.float32), np.zeros(filters, np.float32)
        weights = {"gamma": ones, "beta": zeros, "moving_mean": zeros, "moving_variance": ones}
        return self.add("BatchNormalization", [x], f"{name}_bn", weights, **norm)

    def relu(self, x):
        return self.add("Activation", [x], activation="relu")

    def block(self, x, name, channels, stride):
        """A bottleneck; the first of each stage has a projection on its shortcut."""
        fan_in, width = channels
        wide = width * EXPANSION
        y = self.relu(self.conv_norm(x, f"{name}_1", (fan_in, width)))
        y = self.relu(self.conv_norm(y, f"{name}_2", (width, width), 3, stride))
        y = self.conv_norm(y, f"{name}_3", (width, wide))
        shortcut = x if fan_in == wide else self.conv_norm(x, f"{name}_0", (fan_in, wide), 1, stride)
        return self.relu(self.add("Add", [y, shortcut]))


def resnet50(seed):
    """The network with batch norms that do nothing yet (mean 0, variance 1)."""
    make = _Builder(seed)
    shape = {"batch_input_shape": [None, 224, 224, 3], "sparse": False}
    x = make.add("InputLayer", [], "input_1", **shape)
    x = make.relu(make.conv_norm(x, "conv1", (3, 64), 7, 2))
    x = make.pad(x, "pool1_pad", 1)
    pool = {"pool_size": [3, 3], "strides": [2, 2], "padding": "valid", "data_format": "channels_last"}
    x = make.add("MaxPooling2D", [x], "pool1_pool", **pool)
    fan_in = 64
    for stage, (width, blocks) in enumerate(STAGES):
        for block in range(blocks):
            stride = 2 if stage > 0 and block == 0 else 1
            x = make.block(x, f"conv{stage + 2}_block{block + 1}", (fan_in, width), stride)
            fan_in = width * EXPANSION
    x = make.add("GlobalAveragePooling2D", [x], "avg_pool", data_format="channels_last")
    kernel = make.random.normal(0, np.sqrt(2 / fan_in), (fan_in, CLASSES)).astype(np.float32)
    weights = {"kernel": kernel, "bias": make.random.normal(0, 0.1, CLASSES).astype(np.float32)}
    make.add("Dense", [x], "predictions", weights, units=CLASSES, activation="softmax", use_bias=True)
    return Network("resnet50", tuple(make.layers), "torch")
