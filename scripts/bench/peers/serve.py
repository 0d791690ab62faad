"""One peer, kept alive and warm, driven by JSON lines: one object in on stdin, one object out on stdout.

usage: serve.py KIND --models OUT_DIR [--model resnet50|mobilenet-v2] [--batch 32] [--threads 2]
                [--layout auto|nchw|channels_last] [--images DIR --out DIR --workers N]
KIND: torch, torch-hooks, torch-bf16, torch-compile, torch-compile-taps, ort, ort-taps, torch-files, ort-files

First line out, when warm: {"ready": true, "kind", "version", "seconds"} (PyTorch: also "layout"). Then
  {"run": N}       N batches of resident random-normal input        -> {"seconds", "images"}
  {"check": PATH}  NHWC float32 images from a .npy; features by tap to PATH with .KIND.npz at its end
                   (or to the path in "to")                          -> {"written", "images"}
  {"files": LIMIT} files to features (the -files kinds)              -> {"seconds", "images"}
torch-compile needs a C++ compiler and Python's headers, and half a minute to start.
A command that fails answers {"error": MESSAGE}. The end of stdin ends the process.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np

from answering import answer_lines
from tfjs_layers import read_network

PRESETS = {"resnet50": "torch", "mobilenet-v2": "tf"}
# The -files kinds are these, with a loader in front.
FORWARD_OF = {"torch-files": "torch-hooks", "ort-files": "ort-taps"}
KINDS = ("torch", "torch-hooks", "torch-bf16", "torch-compile", "torch-compile-taps", "ort", "ort-taps", *FORWARD_OF)


def parse_options(arguments):
    parser = argparse.ArgumentParser(usage="serve.py KIND --models DIR [options]", allow_abbrev=False)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--models", required=True)
    parser.add_argument("--model", choices=PRESETS, default="resnet50")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--layout", choices=("auto", "nchw", "channels_last"), default="auto")
    parser.add_argument("--images")
    parser.add_argument("--out")
    parser.add_argument("--workers", type=int, default=0)
    options = parser.parse_args(arguments)
    options.variant = FORWARD_OF.get(options.kind, options.kind)
    if options.kind in FORWARD_OF and not (options.images and options.out):
        parser.error(f"{options.kind} needs --images and --out")
    return options


def make_runner(network, options):
    """Imports only the library that is asked for."""
    if options.variant.startswith("torch"):
        from torch_runner import TorchRunner

        return TorchRunner(network, options)
    from ort_runner import OrtRunner

    return OrtRunner(network, options)


class Server:
    """Holds the runner and its resident input, and answers commands."""

    def __init__(self, options):
        self.options = options
        self.network = read_network(Path(options.models) / options.model, PRESETS[options.model])
        self.runner = make_runner(self.network, options)
        shape = (options.batch, *self.network.layers[0].config["batch_input_shape"][1:])
        images = np.random.default_rng(0).standard_normal(shape, np.float32)
        self.batch = self.runner.prepared(images)
        self.runner.forward(self.batch)

    def run(self, count, _command):
        start = time.perf_counter()
        for _ in range(count):
            self.runner.forward(self.batch)
        return {"seconds": time.perf_counter() - start, "images": count * self.options.batch}

    def check(self, path, command):
        images, size = np.load(path), self.options.batch
        batches = [images[at : at + size] for at in range(0, len(images), size)]
        parts = [self.runner.forward(self.runner.prepared(batch)) for batch in batches]
        to = command.get("to", f"{path}.{self.options.kind}.npz")
        np.savez(to, **{name: np.concatenate([part[name] for part in parts]) for name in parts[0]})
        return {"written": to, "images": len(images)}

    def files(self, limit, _command):
        if self.options.kind not in FORWARD_OF:
            raise ValueError(f"this kind reads no files: {self.options.kind} (those that do: {', '.join(FORWARD_OF)})")
        from image_files import extract_files

        start = time.perf_counter()
        images = extract_files(self.runner, self.network, self.options, limit)
        return {"seconds": time.perf_counter() - start, "images": images}

    def answer(self, command):
        verb = next((name for name in ("run", "check", "files") if name in command), None)
        if verb is None:
            raise ValueError(f"command not known: {json.dumps(command)} (known: run, check, files)")
        return getattr(self, verb)(command[verb], command)


def main(arguments):
    options = parse_options(arguments)

    def start():
        began = time.perf_counter()
        server = Server(options)
        about = {"kind": options.kind, **server.runner.about, "seconds": time.perf_counter() - began}
        return about, server.answer

    answer_lines("serve.py", start)


if __name__ == "__main__":
    main(sys.argv[1:])
