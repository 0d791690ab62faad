"""The names of a network's outputs, in their order: ImageNet's synsets, or the lines of a file. Loads no network."""

import importlib.util
from pathlib import Path


def imagenet_synsets():
    """ImageNet's 1,000 synsets (n01440764 ...) in the usual order, from a text file that the timm package carries."""
    spec = importlib.util.find_spec("timm")
    folder = Path(spec.submodule_search_locations[0])
    return (folder / "data" / "_info" / "imagenet_synsets.txt").read_text().split()


def class_names(wanted, outputs, is_published):
    """The names of `outputs` outputs, or None where they are not known.

    `wanted` is `imagenet`, a file with a name a line, or None: then weights that the library publishes, or random ones
    in their place, have ImageNet's order where there are 1,000 outputs, and a user's own weights have no names.
    """
    if wanted is None:
        return imagenet_synsets() if is_published and outputs == 1000 else None
    names = imagenet_synsets() if wanted == "imagenet" else Path(wanted).read_text().splitlines()
    if len(names) != outputs:
        raise ValueError(f"--classes {wanted} has {len(names)} names, the network {outputs} outputs")
    return names
