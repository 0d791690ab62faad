"""Padding as numbers: what `same` and ZeroPadding2D mean for one input size, as (top, left, bottom, right)."""

from dataclasses import replace

WINDOWED = ("Conv2D", "DepthwiseConv2D", "MaxPooling2D")


def _same(size, window, stride):
    """TensorFlow's rule: the output has ceil(size / stride) rows, and an odd row of padding goes to the end."""
    total = max((-(-size // stride) - 1) * stride + window - size, 0)
    return total // 2, total - total // 2


def _window(config):
    return config.get("kernel_size") or config["pool_size"], config["strides"]


def _pads(config, size):
    if config["padding"] == "valid":
        return (0, 0, 0, 0)
    (rows, columns) = (_same(length, k, s) for length, k, s in zip(size, *_window(config)))
    return (rows[0], columns[0], rows[1], columns[1])


def _output(config, size, pads):
    lengths = zip(size, *_window(config), (pads[0] + pads[2], pads[1] + pads[3]))
    return tuple((length + pad - k) // s + 1 for length, k, s, pad in lengths)


def with_pads(layers):
    """The layers without ZeroPadding2D: every window has `pads` in its config instead, as PyTorch and ONNX want it.

    Padding a max pooling with zeros equals padding with -inf only behind a ReLU, which is checked.
    """
    sizes, moved, kept, kinds = {}, {}, [], {layer.name: layer for layer in layers}
    for layer in layers:
        source = layer.inputs[0] if layer.inputs else None
        if layer.kind == "ZeroPadding2D":
            (top, bottom), (left, right) = layer.config["padding"]
            moved[layer.name] = (source, (top, left, bottom, right))
            continue
        if layer.kind == "InputLayer":
            sizes[layer.name] = tuple(layer.config["batch_input_shape"][1:3])
        elif layer.kind in WINDOWED:
            before, extra = moved.get(source, (source, None))
            if extra and layer.config["padding"] != "valid":
                raise ValueError(f"padding twice: {layer.name}")
            if extra and layer.kind == "MaxPooling2D" and kinds[before].config.get("activation") != "relu":
                raise ValueError(f"max pooling pads with zeros, but not behind a ReLU: {layer.name}")
            pads = extra or _pads(layer.config, sizes[before])
            sizes[layer.name] = _output(layer.config, sizes[before], pads)
            layer = replace(layer, inputs=(before,), config={**layer.config, "pads": pads})
        elif any(name in moved for name in layer.inputs):
            raise ValueError(f"padding in front of a layer that has none of its own: {layer.name}")
        else:
            sizes[layer.name] = (1, 1) if layer.kind == "Reshape" else sizes.get(source)
        kept.append(layer)
    return kept
