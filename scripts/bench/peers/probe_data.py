"""A problem of the probe benchmark as its peers get it, and the objective in float64 that all are judged by.

    F(W, b) = mean_i cross_entropy(y_i, softmax(W x_i + b)) + l2/2 ||W||^2        W (classes, features)

on features brought to mean 0 and deviation 1, constant ones dropped. A problem is a folder of train-x.npy, float32
(rows, features), and for each label set train-LABELS.npy, int32 (rows,), classes numbered from 0 without gaps.
"""

from pathlib import Path

import numpy as np

BLOCK = 4096


def moments(raw):
    """Mean and deviation of every feature, summed in float64 block by block."""
    total, squares, first = 0.0, 0.0, raw[0].astype(np.float64)
    for start in range(0, len(raw), BLOCK):
        block = raw[start : start + BLOCK] - first
        total, squares = total + block.sum(axis=0), squares + (block**2).sum(axis=0)
    mean = total / len(raw)
    return first + mean, np.sqrt(np.maximum(0, squares / len(raw) - mean**2))


def standardised(raw, by, dtype=np.float32):
    """The features that vary, standardised in float64 by mean and deviation and then rounded to `dtype`."""
    mean, scale = by
    used = scale > 1e-6 * np.maximum(np.abs(mean), 1e-30)
    x = np.empty((len(raw), int(used.sum())), dtype)
    for start in range(0, len(raw), BLOCK):
        x[start : start + BLOCK] = (raw[start : start + BLOCK][:, used] - mean[used]) / scale[used]
    return x


class Problem:
    """Features x (rows, features), labels y (rows,) int64 and the number of classes."""

    def __init__(self, folder, labels, dtype=np.float32):
        self.folder, self.labels, self.dtype = Path(folder), labels, dtype
        self.moments = moments(np.load(self.folder / "train-x.npy", mmap_mode="r"))
        self.x, self.y = self.split("train")
        self.classes = int(self.y.max()) + 1

    def split(self, name):
        """Features and labels of a split, standardised by the train split."""
        raw = np.load(self.folder / f"{name}-x.npy", mmap_mode="r")
        labels = np.load(self.folder / f"{name}-{self.labels}.npy").astype(np.int64)
        return standardised(raw, self.moments, self.dtype), labels

    def objective(self, weight, bias, l2):
        """F in float64, whatever the type of x."""
        weight, total = weight.astype(np.float64), 0.0
        for start in range(0, len(self.y), BLOCK):
            z = self.x[start : start + BLOCK].astype(np.float64) @ weight.T + bias
            z -= z.max(axis=1, keepdims=True)
            picked = z[np.arange(len(z)), self.y[start : start + BLOCK]]
            total += (np.log(np.exp(z).sum(axis=1)) - picked).sum()
        return float(total / len(self.y) + l2 / 2 * (weight**2).sum())
