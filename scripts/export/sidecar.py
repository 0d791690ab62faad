"""Writes the sidecar of an exported model, which `strata extract` reads so that nothing has to be repeated.

Its fields are those of src/model/sidecar.ts: how images are preprocessed, the names of the outputs in their order, and
the input size where the model leaves it open. No package is needed.
"""

import json
from pathlib import Path

# What strata calls these, on pixels in 0 ... 1: mean and standard deviation by channel.
PRESETS = {
    "torch": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "tf": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
    "raw": ((0.0, 0.0, 0.0), (1 / 255, 1 / 255, 1 / 255)),
}


def colours(mean, deviation):
    """The colour part of a sidecar for (x / 255 - mean) / deviation, as a preset where strata has it."""
    for preset, values in PRESETS.items():
        if all(abs(a - b) < 1e-9 for pair in zip(values, (mean, deviation)) for a, b in zip(*pair)):
            return {"preset": preset}
    return {"mean": [255 * value for value in mean], "scale": [1 / (255 * value) for value in deviation]}


# What strata calls the filters of Pillow.
KERNELS = ("nearest", "bilinear", "bicubic", "lanczos")


def resizing(size, resized, kernel, rule="cover"):
    """The geometry of a sidecar: a side is resized to `resized` pixels, of which the central `size` are kept.

    Raises ValueError for a kernel that strata does not have.
    """
    if kernel not in KERNELS:
        raise ValueError(f"it resizes images by {kernel}, which strata does not have ({', '.join(KERNELS)})")
    return {"resize": rule, "crop": size / resized, "kernel": kernel}


def sidecar_path(model):
    """`net.strata.json` beside a file `net.onnx`, `strata.json` inside a folder."""
    model = Path(model)
    return model.with_suffix(".strata.json") if model.suffix == ".onnx" else model / "strata.json"


def write_sidecar(model, preprocess, classes=None, size=None):
    """Writes the sidecar of `model`; `size` is (height, width)."""
    content = {"preprocess": preprocess}
    if size is not None:
        content["inputSize"] = {"height": size[0], "width": size[1]}
    if classes is not None:
        content["classes"] = list(classes)
    path = sidecar_path(model)
    path.write_text(json.dumps(content, indent=2) + "\n")
    return path
