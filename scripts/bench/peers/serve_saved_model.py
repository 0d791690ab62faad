"""TensorFlow's own forward pass of a SavedModel, kept alive and warm, driven by JSON lines as serve.py is.

usage: serve_saved_model.py DIR [--batch 32] [--threads 2]
The default signature is called, as a user of tf.saved_model.load calls it. First line out, when warm:
{"ready": true, "version"}. Then
  {"run": N}       N batches of resident random-normal input -> {"seconds", "images"}
A command that fails answers {"error": MESSAGE}. The end of stdin ends the process.
"""

import argparse
import json
import os
import sys
import time

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import numpy as np

from answering import answer_lines


def parse_options(arguments):
    parser = argparse.ArgumentParser(usage="serve_saved_model.py DIR [options]", allow_abbrev=False)
    parser.add_argument("folder")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=2)
    return parser.parse_args(arguments)


class Server:
    """Holds the signature and its resident input, and answers commands."""

    def __init__(self, options):
        import tensorflow as tf

        tf.config.threading.set_intra_op_parallelism_threads(options.threads)
        self.version, self.batch = tf.__version__, options.batch
        self.model = tf.saved_model.load(options.folder)
        self.signature = self.model.signatures["serving_default"]
        ((self.input, spec),) = self.signature.structured_input_signature[1].items()
        shape = (self.batch, *spec.shape[1:])
        self.images = tf.constant(np.random.default_rng(0).standard_normal(shape, np.float32))
        for _ in range(2):
            self.forward()

    def forward(self):
        """Predictions in numpy's memory."""
        (predictions,) = self.signature(**{self.input: self.images}).values()
        return predictions.numpy()

    def run(self, count):
        start = time.perf_counter()
        for _ in range(count):
            self.forward()
        return {"seconds": time.perf_counter() - start, "images": count * self.batch}

    def answer(self, command):
        if "run" not in command:
            raise ValueError(f"command not known: {json.dumps(command)} (known: run)")
        return self.run(command["run"])


def main(arguments):
    options = parse_options(arguments)

    def start():
        server = Server(options)
        return {"version": server.version}, server.answer

    answer_lines("serve_saved_model.py", start)


if __name__ == "__main__":
    main(sys.argv[1:])
