"""Reads the weights of a PyTorch checkpoint: `.pt`, `.pth` or `.safetensors`."""

from pathlib import Path

import torch

# Where training scripts keep the weights in a checkpoint of more than weights.
INSIDE = ("state_dict", "model_state_dict", "model", "state_dict_ema", "model_ema")


def _load(path):
    if Path(path).suffix == ".safetensors":
        from safetensors.torch import load_file

        return load_file(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as error:
        raise ValueError(
            f"checkpoint does not hold weights alone: {path} "
            "(a whole pickled module runs code when it is read: save its state_dict() instead)"
        ) from error


def state_dict_of(path):
    """The weights by name, without the prefixes that wrappers for several processes or compilation add."""
    found = _load(path)
    for key in INSIDE:
        if isinstance(found, dict) and isinstance(found.get(key), dict):
            found = found[key]
            break
    if not isinstance(found, dict) or not all(isinstance(value, torch.Tensor) for value in found.values()):
        raise ValueError(f"checkpoint holds no weights by name: {path} (expected a state_dict)")
    for prefix in ("module.", "_orig_mod."):
        if all(name.startswith(prefix) for name in found):
            found = {name[len(prefix) :]: value for name, value in found.items()}
    return found


def outputs_of(weights):
    """How many outputs the network with these weights has: the rows of its last matrix."""
    matrices = [value for name, value in weights.items() if name.endswith("weight") and value.dim() == 2]
    if not matrices:
        raise ValueError("checkpoint has no dense layer that says how many outputs there are")
    return matrices[-1].shape[0]
