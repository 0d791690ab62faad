"""A network under PyTorch: eval mode, inference_mode, channels_last or the default layout, whichever is faster here."""

import time
from contextlib import nullcontext
from pathlib import Path

import numpy as np
import torch

from torch_network import TorchNetwork, pooled

VARIANTS = ("torch", "torch-hooks", "torch-bf16", "torch-compile", "torch-compile-taps")
LAYOUTS = {"nchw": torch.contiguous_format, "channels_last": torch.channels_last}


class TorchRunner:
    """One network in one variant.

    torch: float32, predictions only. torch-hooks: a forward hook on each tap averages over space. torch-bf16: autocast,
    predictions only. torch-compile: torch.compile with frozen weights; -taps: the averages are in the compiled graph.
    """

    def __init__(self, network, options):
        if options.variant not in VARIANTS:
            raise ValueError(f"PyTorch variant not known: {options.variant} (known: {', '.join(VARIANTS)})")
        torch.set_num_threads(options.threads)
        torch.set_num_interop_threads(1)
        self.network, self.output = network, network.layers[-1].name
        self.variant, self.features = options.variant, {}
        self.names = network.taps if options.variant == "torch-compile-taps" else []
        self.module = TorchNetwork(network, self.names).eval()
        self.module.load_state_dict(torch.load(Path(options.models) / f"{network.name}.pt", weights_only=True))
        if options.variant == "torch-hooks":
            self._hook()
        self.layout, self.call = None, self.module
        self._lay_out(options.layout, options.batch)
        if options.variant.startswith("torch-compile"):
            from torch._inductor import config

            config.freezing = True
            self.call = torch.compile(self.module)

    @property
    def about(self):
        return {"version": torch.__version__, "layout": self.layout}

    def _hook(self):
        def hook_of(name):
            def hook(_module, _inputs, output):
                self.features[name] = pooled(output).float().numpy()

            return hook

        for name in self.network.taps:
            self.module.layers[name].register_forward_hook(hook_of(name))

    def _lay_out(self, layout, batch):
        """`auto` times three batches in each layout, the first of them to warm up, and keeps the faster one."""
        seconds = {}
        images = np.random.default_rng(0).standard_normal((batch, 224, 224, 3), np.float32)
        for name in LAYOUTS if layout == "auto" else [layout]:
            self.layout = name
            self.module.to(memory_format=LAYOUTS[name])
            if layout == "auto":
                seconds[name] = self._fastest(self.prepared(images))
        if seconds:
            self._lay_out(min(seconds, key=seconds.get), batch)

    def _fastest(self, images):
        times = []
        for _ in range(3):
            start = time.perf_counter()
            self.forward(images)
            times.append(time.perf_counter() - start)
        return min(times[1:])

    def prepared(self, images):
        """(images, height, width, channels) float32 from numpy as this network's input."""
        return self.from_loader(torch.from_numpy(images.transpose(0, 3, 1, 2).copy()))

    def from_loader(self, batch):
        """(images, channels, height, width) from a DataLoader as this network's input."""
        return batch.to(memory_format=LAYOUTS[self.layout])

    def forward(self, batch):
        """Predictions, and the taps' averages where the variant has them, by name in numpy's float32."""
        cast = torch.autocast("cpu", torch.bfloat16) if self.variant == "torch-bf16" else nullcontext()
        # Freezing needs no_grad at compile time; elsewhere inference_mode is the cheaper of the two.
        mode = torch.no_grad if self.variant.startswith("torch-compile") else torch.inference_mode
        with mode(), cast:
            outputs = self.call(batch)
        predictions, *taps = outputs if self.names else (outputs,)
        features = self.features | {name: tap.float().numpy() for name, tap in zip(self.names, taps)}
        self.features = {}
        return features | {self.output: predictions.float().numpy()}
