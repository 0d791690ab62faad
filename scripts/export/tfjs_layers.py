"""Writes a functional Keras model as a tfjs layers model, in the dialect of Keras 2, which tfjs reads; Keras 3's it does not."""

import json
from pathlib import Path

import numpy as np

# What Keras 3 says of a layer and Keras 2 has no word for.
UNKNOWN = ("module", "registered_name", "build_config", "compile_config", "quantization_config", "synchronized")


def _older(value):
    """A part of a configuration: data types by their name, initialisers and the like without the modules they live in."""
    if isinstance(value, dict):
        if value.get("class_name") == "DTypePolicy":
            return value["config"]["name"]
        return {key: _older(one) for key, one in value.items() if key not in UNKNOWN}
    return [_older(one) for one in value] if isinstance(value, (list, tuple)) else value


def _tensors_in(value):
    """The [layer, node, tensor] of every tensor in a call's arguments, in their order."""
    if isinstance(value, dict):
        if value.get("class_name") == "__keras_tensor__":
            return [list(value["config"]["keras_history"])]
        value = list(value.values())
    return [tensor for one in value for tensor in _tensors_in(one)] if isinstance(value, (list, tuple)) else []


def _layer(layer):
    config = _older(layer["config"])
    if layer["class_name"] == "InputLayer":
        config = {"name": config["name"], "dtype": config["dtype"], "batch_input_shape": config["batch_shape"]}
    nodes = [[[*tensor, {}] for tensor in _tensors_in(node["args"])] for node in layer["inbound_nodes"]]
    return {"class_name": layer["class_name"], "name": layer["name"], "config": config, "inbound_nodes": nodes}


def _ends(tensors):
    """The inputs or outputs as a list of them, which Keras 3 leaves out around one."""
    return [tensors] if isinstance(tensors[0], str) else tensors


def topology(network):
    """What model.json says of a network's layers."""
    config = network.get_config()
    layers = [_layer(one) for one in config["layers"]]
    ends = {key: _ends(config[key]) for key in ("input_layers", "output_layers")}
    functional = {"class_name": "Functional", "config": {"name": config["name"], "layers": layers, **ends}}
    return {"keras_version": "2.15.0", "backend": "tensorflow", "model_config": functional}


def write_tfjs(network, folder):
    """Writes model.json and its weights, float32, into a new folder."""
    folder = Path(folder)
    folder.mkdir()
    weights = [(one.path, np.asarray(one)) for layer in network.layers for one in layer.weights]
    with open(folder / "weights.bin", "wb") as file:
        for _, values in weights:
            file.write(values.astype("<f4").tobytes())
    specs = [{"name": name, "shape": list(values.shape), "dtype": "float32"} for name, values in weights]
    model = {
        "format": "layers-model",
        "modelTopology": topology(network),
        "weightsManifest": [{"paths": ["weights.bin"], "weights": specs}],
    }
    (folder / "model.json").write_text(json.dumps(model))
