"""Exports a network of torchvision or timm to ONNX, with its sidecar.

usage: export_torch.py torchvision|timm NAME --out net.onnx [--weights random|default|FILE] [--seed N] [--classes FILE]
The batch axis is dynamic, nodes keep their module's path (`layer1.0.conv1`), outputs are probabilities, and batch norms
are folded into their convolutions. Inception v3 of torchvision has its auxiliary head as a second output.
"""

import logging
import sys
import warnings
from pathlib import Path

from arguments import RANDOM, checked, parser, refuse
from sidecar import write_sidecar

ENDINGS = (".pth", ".pt", ".safetensors")
# One protobuf message holds less than 2 GiB; beyond it weights go into a file of their own beside it.
MAX_MESSAGE_BYTES = 1_900_000_000


def quieten():
    """Hides what torch says of packages that are left out, and of the mode that the auxiliary head needs."""
    logging.getLogger("torch.utils.flop_counter").setLevel(logging.ERROR)
    warnings.filterwarnings("ignore", message="Exporting a model while it is in training mode")


def with_probabilities(module):
    """Makes a network end in softmax, without a wrapper, which would lengthen every module's path."""
    import torch

    network = type(module)

    class Probabilities(network):
        def forward(self, images):
            outputs = super().forward(images)
            if isinstance(outputs, tuple):
                return tuple(torch.softmax(one, 1) for one in outputs)
            return torch.softmax(outputs, 1)

    module.__class__ = Probabilities
    if getattr(module, "AuxLogits", None) is not None:
        # Only a network in training mode computes the auxiliary head; its batch norms and dropout stay in evaluation mode.
        module.training = True
    return module


def without_traces(model):
    """Removes the stack traces, which hold paths of this machine, so that equal weights give equal bytes."""
    for node in [node for function in (model.graph, *model.functions.values()) for node in function]:
        for key in [key for key in node.metadata_props if "stack_trace" in key or key == "pkg.torch.onnx.fx_node"]:
            del node.metadata_props[key]
    return model


def export(network, out):
    """Writes the ONNX file, whole or not at all; returns the number of outputs."""
    import torch

    module = with_probabilities(network.module)
    images = torch.zeros(2, 3, *network.size)
    with torch.no_grad():
        outputs = module(images)
    first = outputs[0] if isinstance(outputs, tuple) else outputs
    names = ["probabilities", "auxiliary_probabilities"][: len(outputs) if isinstance(outputs, tuple) else 1]
    program = torch.onnx.export(
        module,
        (images,),
        dynamo=True,
        verbose=False,
        dynamic_shapes=({0: torch.export.Dim("batch")},),
        input_names=["image"],
        output_names=names,
    )
    without_traces(program.model)
    size = sum(value.numel() * value.element_size() for value in module.state_dict().values())
    part = out.with_name(f".{out.name}.part")
    if size > MAX_MESSAGE_BYTES:
        program.save(out, external_data=True)
    else:
        program.save(part, external_data=False)
        part.rename(out)
    return first.shape[1]


def main(arguments):
    options = parser(__doc__.splitlines()[0], ENDINGS)
    options.add_argument("library", choices=("torchvision", "timm"))
    options.add_argument("name", help="such as resnet50")
    options = checked(options.parse_args(arguments), ENDINGS, out_is_file=True)
    quieten()
    import torch

    from class_names import class_names
    from networks import LIBRARIES

    torch.manual_seed(options.seed or 0)
    out = Path(options.out)
    try:
        network = LIBRARIES[options.library](options.name, options.weights)
        outputs = export(network, out)
        names = class_names(options.classes, outputs, network.published)
    except (ValueError, RuntimeError, OSError) as error:
        refuse(f"cannot export {options.name}: {error}")
    sidecar = write_sidecar(out, network.preprocess, names, network.size)
    print(f"{out}: {options.name} of {options.library}, {outputs} outputs; {sidecar.name}: {network.preprocess}")


if __name__ == "__main__":
    main(sys.argv[1:])
