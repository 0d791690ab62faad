"""Layer records as a torch.nn.Module: channels first, the padding inside the convolutions, ReLU and sums in place."""

from collections import Counter

import torch
from torch import nn
from torch.nn.functional import adaptive_avg_pool2d

from geometry import with_pads


class Merge(nn.Module):
    """The sum of two branches, written over the one at `own` (torchvision's `out += identity`)."""

    def __init__(self, own):
        super().__init__()
        self.own = own

    def forward(self, *branches):
        return branches[self.own].add_(branches[1 - self.own])


def _conv(layer):
    config, depthwise = layer.config, layer.kind == "DepthwiseConv2D"
    kernel = layer.weights["depthwise_kernel" if depthwise else "kernel"]
    (height, width), (top, left, bottom, right) = config["kernel_size"], config["pads"]
    fan_in, out = kernel.shape[2], kernel.shape[3] * (kernel.shape[2] if depthwise else 1)
    how = {"stride": tuple(config["strides"]), "groups": fan_in if depthwise else 1, "bias": config["use_bias"]}
    if (top, left) == (bottom, right):
        return nn.Conv2d(fan_in, out, (height, width), padding=(top, left), **how)
    return nn.Sequential(nn.ZeroPad2d((left, right, top, bottom)), nn.Conv2d(fan_in, out, (height, width), **how))


def _activation(layer, inplace):
    if layer.kind == "ReLU" and layer.config["max_value"] == 6:
        return nn.ReLU6(inplace)
    name = layer.config.get("activation", "")
    if name not in ("relu", "softmax"):
        raise ValueError(f"activation not supported: {name} in {layer.name} (known: relu, softmax, ReLU up to 6)")
    return nn.ReLU(inplace) if name == "relu" else nn.Softmax(dim=1)


def _pooling(layer):
    top, left, bottom, right = layer.config["pads"]
    if (top, left) != (bottom, right):
        raise ValueError(f"max pooling with uneven padding is not supported: {layer.name}")
    return nn.MaxPool2d(tuple(layer.config["pool_size"]), tuple(layer.config["strides"]), (top, left))


def _module(layer, uses):
    """`uses` counts who reads each value: one that is read once may be written over."""
    single = [uses[name] == 1 for name in layer.inputs]
    match layer.kind:
        case "InputLayer":
            return nn.Identity()
        case "Conv2D" | "DepthwiseConv2D":
            return _conv(layer)
        case "BatchNormalization":
            return nn.BatchNorm2d(layer.weights["gamma"].size, eps=layer.config["epsilon"])
        case "Activation" | "ReLU":
            return _activation(layer, single[0])
        case "MaxPooling2D":
            return _pooling(layer)
        case "Add":
            return Merge(single.index(True))
        case "GlobalAveragePooling2D":
            return nn.Sequential(nn.AdaptiveAvgPool2d(1), nn.Flatten())
        case "Reshape":
            return nn.Unflatten(1, (layer.config["target_shape"][-1], 1, 1))
        case "Flatten":
            return nn.Flatten()
        case "Dense":
            return nn.Sequential(nn.Linear(*layer.weights["kernel"].shape), _activation(layer, False))
    raise ValueError(f"layer not supported: {layer.kind} ({layer.name})")


def pooled(activation):
    """(images, channels, height, width) averaged over space: (images, channels)."""
    return adaptive_avg_pool2d(activation, 1).flatten(1)


class TorchNetwork(nn.Module):
    """A network as PyTorch runs it; values are freed after their last use.

    Returns the predictions, and where `taps` are named a tuple: the predictions and each tap averaged over space.
    """

    def __init__(self, network, taps=()):
        super().__init__()
        self.taps = tuple(taps)
        layers = with_pads(network.layers)
        uses = Counter(name for layer in layers for name in layer.inputs)
        self.layers = nn.ModuleDict({layer.name: _module(layer, uses) for layer in layers})
        self.first, self.last = layers[0].name, layers[-1].name
        end = {name: layer.name for layer in layers for name in layer.inputs}
        self.steps = [
            (layer.name, layer.inputs, tuple(name for name in layer.inputs if end[name] == layer.name))
            for layer in layers[1:]
        ]

    def forward(self, image):
        values = {self.first: self.layers[self.first](image)}
        features = {self.first: pooled(image)} if self.first in self.taps else {}
        for name, inputs, freed in self.steps:
            values[name] = self.layers[name](*[values[one] for one in inputs])
            if name in self.taps:
                features[name] = pooled(values[name])
            for one in freed:
                del values[one]
        return (values[self.last], *[features[name] for name in self.taps]) if self.taps else values[self.last]


PARAMETERS = {"gamma": "weight", "beta": "bias", "moving_mean": "running_mean", "moving_variance": "running_var"}


def state_dict(network):
    """The weights by the names and in the layouts of TorchNetwork."""
    module = TorchNetwork(network)
    state = module.state_dict()
    for layer in network.layers:
        for key, value in layer.weights.items():
            value = torch.from_numpy(value.copy())
            if value.ndim == 4:  # (height, width, in, out) to (out, in, height, width), or (in, 1, height, width)
                value = value.permute((3, 2, 0, 1) if key == "kernel" else (2, 3, 0, 1))
            elif key == "kernel":
                value = value.T
            part = PARAMETERS.get(key, "bias" if key == "bias" else "weight")
            (name,) = [k for k in state if k.startswith(f"layers.{layer.name}.") and k.endswith(f".{part}")]
            state[name] = value.contiguous().reshape(state[name].shape)
    return state
