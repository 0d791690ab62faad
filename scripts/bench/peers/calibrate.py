"""Gives a freshly drawn network batch norms as if it had been trained: statistics of its own activations, disturbed.

gamma ~ U(0.8, 1.2), or U(0.3, 0.6) in front of a merge, so that sums do not grow with the depth; beta ~ N(0, 0.1);
moving mean = mean + sd N(0, 0.1); moving variance = variance exp(N(0, 0.1))^2. Means and variances are those of one
pass over smooth seeded noise, so their last bits may differ between machines: write all formats in one run.
"""

from dataclasses import replace

import numpy as np
import torch
from torch.nn.functional import interpolate

from torch_network import TorchNetwork, state_dict

IMAGES, SIZE = 8, 224
NOISE_SIZES = (4, 16, 56, 224)


def _smooth_noise(random):
    """Images of variance 1 with structure at several scales, (images, 3, 224, 224)."""
    image = torch.zeros(IMAGES, 3, SIZE, SIZE)
    for size in NOISE_SIZES:
        noise = torch.from_numpy(random.standard_normal((IMAGES, 3, size, size)).astype(np.float32))
        image += interpolate(noise, size=(SIZE, SIZE), mode="bicubic")
    return image / image.std()


def _draw(count, low_gain, random):
    """gamma and beta, and by how much mean and variance are off: `shift` in standard deviations, `scale` in ones."""
    return {
        "gamma": random.uniform(0.3, 0.6, count) if low_gain else random.uniform(0.8, 1.2, count),
        "beta": random.normal(0, 0.1, count),
        "shift": random.normal(0, 0.1, count),
        "scale": np.exp(random.normal(0, 0.1, count)),
    }


def _prepare(norm, drawn):
    """Lets a norm in training mode give what it will give with the disturbed statistics in eval mode."""
    gain = drawn["gamma"] / drawn["scale"]
    norm.weight.copy_(torch.from_numpy(gain))
    norm.bias.copy_(torch.from_numpy(drawn["beta"] - gain * drawn["shift"]))
    norm.momentum = 1.0  # the running statistics become those of the one batch


def _weights(norm, drawn):
    mean, variance = norm.running_mean.numpy(), norm.running_var.numpy()
    weights = {
        "gamma": drawn["gamma"],
        "beta": drawn["beta"],
        "moving_mean": mean + drawn["shift"] * np.sqrt(variance),
        "moving_variance": variance * drawn["scale"] ** 2,
    }
    return {key: value.astype(np.float32) for key, value in weights.items()}


def calibrated(network, seed):
    """The network with its batch norms set; all other weights are as they were."""
    random = np.random.default_rng(seed)
    module = TorchNetwork(network)
    module.load_state_dict(state_dict(network))
    module.train()
    merged = {name for layer in network.layers if layer.kind == "Add" for name in layer.inputs}
    norms = [layer for layer in network.layers if layer.kind == "BatchNormalization"]
    drawn = {la.name: _draw(la.weights["gamma"].size, la.name in merged, random) for la in norms}
    with torch.no_grad():
        for name, one in drawn.items():
            _prepare(module.layers[name], one)
        module(_smooth_noise(random))
    made = {la.name: replace(la, weights=_weights(module.layers[la.name], drawn[la.name])) for la in norms}
    return replace(network, layers=tuple(made.get(layer.name, layer) for layer in network.layers))
