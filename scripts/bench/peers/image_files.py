"""From a folder of JPEGs to feature files, as a careful PyTorch user writes it.

`train` and `val` hold a folder for each class. A DataLoader decodes with PIL, resizes the shorter side to 224, crops
the centre and normalises; every 1,024 rows, and at the end of a split, each tap's features go to a file of their own.
"""

from pathlib import Path

import numpy as np
from torch.utils.data import ConcatDataset, DataLoader, Subset
from torchvision import transforms
from torchvision.datasets import ImageFolder

SPLITS = ("train", "val")
ROWS = 1024
SIZE = 224
# Mean and standard deviation of x / 255 by preset, as strata names them.
COLOURS = {
    "torch": ((0.485, 0.456, 0.406), (0.229, 0.224, 0.225)),
    "tf": ((0.5, 0.5, 0.5), (0.5, 0.5, 0.5)),
}


class FeatureWriter:
    """Collects features by tap and writes them as OUT/SPLIT/TAP-00000.npy, ..."""

    def __init__(self, folder, taps):
        self.folder, self.taps, self.rows, self.part = folder, taps, 0, 0
        self.batches = []
        folder.mkdir(parents=True, exist_ok=True)

    def add(self, features):
        """Takes one batch: (images, features) for each tap."""
        self.batches.append(features)
        self.rows += len(features[self.taps[0]])
        if self.rows >= ROWS:
            self._write(ROWS)

    def close(self):
        if self.rows > 0:
            self._write(self.rows)

    def _write(self, rows):
        whole = {tap: np.concatenate([batch[tap] for batch in self.batches]) for tap in self.taps}
        for tap, values in whole.items():
            np.save(self.folder / f"{tap}-{self.part:05d}.npy", values[:rows])
        self.batches = [{tap: values[rows:] for tap, values in whole.items()}]
        self.rows -= rows
        self.part += 1


def _datasets(images, preset, limit):
    """The first `limit` files of each split, sorted by class and name."""
    mean, deviation = COLOURS[preset]
    steps = [transforms.Resize(SIZE), transforms.CenterCrop(SIZE), transforms.ToTensor()]
    transform = transforms.Compose([*steps, transforms.Normalize(mean, deviation)])
    whole = [ImageFolder(str(Path(images) / split), transform) for split in SPLITS]
    return [Subset(one, range(min(limit, len(one)))) for one in whole]


def _batches(lengths, batch):
    """Indices into the splits laid end to end; no batch crosses from one split into the next."""
    start = 0
    for length in lengths:
        for at in range(start, start + length, batch):
            yield list(range(at, min(at + batch, start + length)))
        start += length


def extract_files(runner, network, options, limit):
    """Runs the whole job and returns the number of images."""
    datasets = _datasets(options.images, network.preset, limit)
    lengths = [len(dataset) for dataset in datasets]
    # One loader for both splits, so that workers start once.
    sampler = list(_batches(lengths, options.batch))
    loader = DataLoader(ConcatDataset(datasets), batch_sampler=sampler, num_workers=options.workers)
    batches = iter(loader)
    for split, length in zip(SPLITS, lengths):
        writer = FeatureWriter(Path(options.out) / split, network.taps)
        for _ in range(-(-length // options.batch)):
            images, _labels = next(batches)
            writer.add(runner.forward(runner.from_loader(images)))
        writer.close()
    return sum(lengths)
