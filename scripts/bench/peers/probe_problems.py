"""Makes a problem of the probe benchmark from a seed, the same everywhere.

usage: probe_problems.py KIND OUT --rows N [--valid N] [--features D] [--classes C] [--seed S] [--mnist DIR]
KIND: relu    random ReLU features of MNIST: max(0, W x + b), W normal; label sets digit and parity-ink (10 classes each)
      pixels  MNIST's pixels; label set digit
      many    centroids plus noise whose spectrum falls as 1/k, rectified; label set class
Writes OUT/{train,valid}-x.npy, float32, and OUT/{train,valid}-LABELS.npy, int32.
"""

import argparse
import gzip
from pathlib import Path

import numpy as np
from answering import refuse
from probe_data import BLOCK


def mnist(folder, rows):
    """The first `rows` images of MNIST's training files in [0, 1], (rows, 784), and their digits."""
    data = []
    for name, header in (("train-images-idx3-ubyte.gz", 16), ("train-labels-idx1-ubyte.gz", 8)):
        with gzip.open(Path(folder) / name) as file:
            data.append(np.frombuffer(file.read(), np.uint8, offset=header))
    images, digits = data[0].reshape(-1, 784), data[1]
    if len(images) < rows:
        refuse(f"MNIST has {len(images)} training images (asked for: {rows})")
    return images[:rows].astype(np.float32) / 255, digits[:rows].astype(np.int32)


def parity_ink(images, digits):
    """Ten classes: whether the digit is odd, times the fifth that the image's ink falls in."""
    ink = images.sum(axis=1)
    fifth = np.searchsorted(np.quantile(ink, [0.2, 0.4, 0.6, 0.8]), ink)
    return ((digits % 2) * 5 + fifth).astype(np.int32)


def relu(options, rows):
    images, digits = mnist(options.mnist, rows)
    random = np.random.default_rng(options.seed)
    weight = random.standard_normal((784, options.features), np.float32) * np.float32(784**-0.5)
    bias = random.standard_normal(options.features, np.float32) * np.float32(0.1)
    x = np.maximum(images @ weight + bias, 0)
    return x, {"digit": digits, "parity-ink": parity_ink(images, digits)}


def pixels(options, rows):
    images, digits = mnist(options.mnist, rows)
    return images, {"digit": digits}


def many(options, rows):
    random, features = np.random.default_rng(options.seed), options.features
    y = np.arange(rows, dtype=np.int32) % options.classes
    random.shuffle(y)
    spectrum = 1 / np.arange(1, features + 1)
    axes = np.linalg.qr(random.standard_normal((features, features)))[0]
    mixing = (np.sqrt(spectrum * features / spectrum.sum())[:, None] * axes).astype(np.float32)
    centroids = 0.5 * random.standard_normal((options.classes, features), np.float32)
    x = np.empty((rows, features), np.float32)
    for start in range(0, rows, BLOCK):
        own = y[start : start + BLOCK]
        x[start : start + BLOCK] = centroids[own] + random.standard_normal((len(own), features), np.float32) @ mixing
    return np.maximum(x, 0), {"class": y}


KINDS = {"relu": relu, "pixels": pixels, "many": many}


def main():
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("out", type=Path)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--valid", type=int, default=1000)
    parser.add_argument("--features", type=int, default=1000)
    parser.add_argument("--classes", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--mnist", default="../shared/data/mnist")
    options = parser.parse_args()
    x, labels = KINDS[options.kind](options, options.rows + options.valid)
    options.out.mkdir(parents=True, exist_ok=True)
    for name, array in {"x": x, **labels}.items():
        np.save(options.out / f"train-{name}.npy", array[: options.rows])
        np.save(options.out / f"valid-{name}.npy", array[options.rows :])


if __name__ == "__main__":
    main()
