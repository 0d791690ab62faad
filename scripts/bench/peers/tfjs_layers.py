"""Reads a tfjs layers model into plain records, which torch_network.py and onnx_network.py interpret, and writes one.

Records are in the order of model.json, which is an order of computation. Weights keep Keras's layout: kernels are
(height, width, in, out), depthwise ones (height, width, in, multiplier), dense ones (in, out).
"""

import json
import math
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

STORED = {"float32": np.float32, "float16": np.float16}


@dataclass(frozen=True)
class Layer:
    """One layer: `kind` is its Keras class, `inputs` are names of earlier layers, `weights` go by their short names."""

    kind: str
    name: str
    config: dict
    inputs: tuple = ()
    weights: dict = field(default_factory=dict)


@dataclass(frozen=True)
class Network:
    """Layers in an order of computation; the last one is the output. `preset` says how images are preprocessed."""

    name: str
    layers: tuple
    preset: str

    @property
    def taps(self):
        """What the peers extract: the input and every merge, by name."""
        return [layer.name for layer in self.layers if layer.kind in ("InputLayer", "Add")]


def _read_weights(folder, manifest):
    weights = {}
    for group in manifest:
        data = b"".join((folder / path).read_bytes() for path in group["paths"])
        at = 0
        for spec in group["weights"]:
            kind = spec.get("quantization", {}).get("dtype", spec["dtype"])
            if kind not in STORED:
                raise ValueError(f"weight has an unknown type: {spec['name']} is {kind} (known: {', '.join(STORED)})")
            count = math.prod(spec["shape"])
            values = np.frombuffer(data, STORED[kind], count, at).astype(np.float32)
            weights[spec["name"]] = values.reshape(spec["shape"])
            at += values.size * np.dtype(STORED[kind]).itemsize
        if at != len(data):
            raise ValueError(f"weight files have {len(data)} bytes, model.json expects {at}: {folder}")
    return weights


def read_network(folder, preset):
    """The network in `folder`/model.json, with its float32 weights."""
    folder = Path(folder)
    model = json.loads((folder / "model.json").read_text())
    weights = _read_weights(folder, model["weightsManifest"])
    layers = []
    for entry in model["modelTopology"]["model_config"]["config"]["layers"]:
        name, nodes = entry["name"], entry["inbound_nodes"]
        own = {key.split("/")[-1]: value for key, value in weights.items() if key.split("/")[0] == name}
        inputs = tuple(node[0] for node in nodes[0]) if nodes else ()
        layers.append(Layer(entry["class_name"], name, entry["config"], inputs, own))
    return Network(folder.name, tuple(layers), preset)


def _entry(layer):
    nodes = [[[name, 0, 0, {}] for name in layer.inputs]] if layer.inputs else []
    return {"class_name": layer.kind, "name": layer.name, "config": layer.config, "inbound_nodes": nodes}


def write_network(network, folder):
    """Writes model.json, one weight file and the strata.json that tells the preprocessing."""
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    weights = {f"{la.name}/{key}": value for la in network.layers for key, value in la.weights.items()}
    specs = [{"name": name, "shape": list(value.shape), "dtype": "float32"} for name, value in weights.items()]
    shard = "group1-shard1of1.bin"
    with open(folder / shard, "wb") as file:
        for value in weights.values():
            file.write(np.ascontiguousarray(value, "<f4").tobytes())
    config = {
        "name": network.name,
        "layers": [_entry(layer) for layer in network.layers],
        "input_layers": [[network.layers[0].name, 0, 0]],
        "output_layers": [[network.layers[-1].name, 0, 0]],
    }
    model_config = {"class_name": "Model", "config": config}
    model = {
        "format": "layers-model",
        "generatedBy": "scripts/bench/peers/make_models.py",
        "convertedBy": None,
        "modelTopology": {"keras_version": "2.2.4", "backend": "tensorflow", "model_config": model_config},
        "weightsManifest": [{"paths": [shard], "weights": specs}],
    }
    (folder / "model.json").write_text(json.dumps(model))
    (folder / "strata.json").write_text(json.dumps({"preprocess": {"preset": network.preset}}) + "\n")
