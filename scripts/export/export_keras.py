"""Exports a network of keras.applications, or a .keras or .h5 file, to a TensorFlow SavedModel, with its sidecar.

usage: export_keras.py [NAME] --out DIR [--weights random|default|FILE] [--seed N] [--classes FILE] [--preset NAME]
NAME is that of keras.applications (ResNet50, VGG16, InceptionV3 ...) in any case. A .keras file, and an .h5 file of a whole
model, hold their network, and need no NAME; with one, its preprocessing goes into the sidecar too.
"""

import os
import sys
from pathlib import Path

from arguments import DEFAULT, RANDOM, checked, parser, refuse
from sidecar import resizing, write_sidecar

ENDINGS = (".keras", ".h5")
PRESETS = ("tf", "torch", "caffe", "raw")


def application(name):
    """The constructor of a network of keras.applications by its name in any case, and its preprocess_input."""
    import keras

    makers = {key.lower(): key for key in dir(keras.applications) if key[0].isupper()}
    key = makers.get(name.lower().replace("_", "").replace("-", ""))
    if key is None:
        raise ValueError(f"keras.applications has no such network: {name} (such as ResNet50, VGG16, InceptionV3)")
    maker = getattr(keras.applications, key)
    modules = [getattr(keras.applications, one) for one in dir(keras.applications) if one[0].islower()]
    # ResNet50 is in two modules, resnet50 and resnet, whose preprocessing is the same.
    home = next(one for one in modules if hasattr(one, "preprocess_input") and getattr(one, key, None) is maker)
    return maker, home.preprocess_input


def preset_of(preprocess_input):
    """Which of strata's presets a preprocess_input is, found by what it does to some pixels."""
    import numpy as np

    pixels = np.random.default_rng(0).integers(0, 256, (1, 4, 4, 3)).astype(np.float32)
    mean, deviation = np.array([0.485, 0.456, 0.406]), np.array([0.229, 0.224, 0.225])
    expected = {
        "tf": pixels / 127.5 - 1,
        "torch": (pixels / 255 - mean) / deviation,
        "caffe": pixels[..., ::-1] - np.array([103.939, 116.779, 123.68]),
        "raw": pixels,
    }
    given = np.asarray(preprocess_input(pixels.copy(), data_format="channels_last"))
    for preset, values in expected.items():
        if np.allclose(given, values, atol=1e-4):
            return preset
    raise ValueError("its preprocess_input is none that strata has (state --preset, or mean and scale in the sidecar)")


def network_of(options):
    """The network with its weights, its preset (None where nothing says it), and whether its outputs are Keras's own."""
    import keras

    if options.name is None:
        return keras.models.load_model(options.weights, compile=False), options.preset, False
    maker, preprocess_input = application(options.name)
    preset = options.preset or preset_of(preprocess_input)
    if options.weights in (RANDOM, DEFAULT):
        return maker(weights=None if options.weights == RANDOM else "imagenet"), preset, True
    try:
        return keras.models.load_model(options.weights, compile=False), preset, False
    except (ValueError, KeyError):
        network = maker(weights=None)
        network.load_weights(options.weights)
        return network, preset, True


def export(network, out):
    """Writes the SavedModel, whole or not at all."""
    part = out.with_name(f".{out.name}.part")
    network.export(str(part), verbose=False)
    if out.exists():
        out.rmdir()
    part.rename(out)


def main(arguments):
    options = parser(__doc__.splitlines()[0], ENDINGS)
    options.add_argument("name", nargs="?", help="such as ResNet50")
    options.add_argument("--preset", choices=PRESETS, help="preprocessing of the images, where nothing else says it")
    options = checked(options.parse_args(arguments), ENDINGS, out_is_file=False)
    if options.name is None and options.weights in (RANDOM, DEFAULT):
        refuse("a NAME of keras.applications or --weights FILE is needed (such as ResNet50)")
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras

    from class_names import class_names

    keras.utils.set_random_seed(options.seed or 0)
    out = Path(options.out)
    try:
        network, preset, published = network_of(options)
        names = class_names(options.classes, network.output_shape[-1], published)
        export(network, out)
    except (ValueError, RuntimeError, OSError) as error:
        refuse(f"cannot export {options.name or options.weights}: {error}")
    size = network.input_shape[1:3]
    # keras.utils.load_img(path, target_size=...) changes the aspect ratio and takes the nearest pixel, whatever the mode.
    preprocess = {} if preset is None else {"preset": preset} | resizing(1, 1, "nearest", "stretch")
    sidecar = write_sidecar(out, preprocess, names, None if None in size else size)
    note = preprocess or "no preprocessing is known: state --preset, or `--preprocess` at each extraction"
    print(f"{out}: {options.name or options.weights}, {network.output_shape[-1]} outputs; {sidecar.name}: {note}")


if __name__ == "__main__":
    main(sys.argv[1:])
