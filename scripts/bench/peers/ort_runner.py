"""A network under ONNX Runtime: all graph optimisations, one session with a fixed number of threads."""

from pathlib import Path

import numpy as np
import onnxruntime

POOLED = "/pooled"
VARIANTS = ("ort", "ort-taps")


class OrtRunner:
    """One network in one variant: `ort` gives predictions only, `ort-taps` also the taps' averages."""

    def __init__(self, network, options):
        if options.variant not in VARIANTS:
            raise ValueError(f"ONNX Runtime variant not known: {options.variant} (known: {', '.join(VARIANTS)})")
        how = onnxruntime.SessionOptions()
        how.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
        how.intra_op_num_threads = options.threads
        how.inter_op_num_threads = 1
        how.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
        suffix = "-taps" if options.variant == "ort-taps" else ""
        path = Path(options.models) / f"{network.name}{suffix}.onnx"
        self.session = onnxruntime.InferenceSession(path, how, providers=["CPUExecutionProvider"])
        self.input = self.session.get_inputs()[0].name
        self.names = [output.name.removesuffix(POOLED) for output in self.session.get_outputs()]

    @property
    def about(self):
        return {"version": onnxruntime.__version__}

    def prepared(self, images):
        """(images, height, width, channels) float32 from numpy as this network's input."""
        return np.ascontiguousarray(images.transpose(0, 3, 1, 2))

    def from_loader(self, batch):
        """(images, channels, height, width) from a DataLoader as this network's input."""
        return batch.numpy()

    def forward(self, batch):
        """Predictions, and the taps' averages where the variant has them, by name in numpy's float32."""
        return dict(zip(self.names, self.session.run(None, {self.input: batch})))
