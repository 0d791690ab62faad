"""Networks of torchvision and timm with the preprocessing that each library itself declares."""

import math
from dataclasses import dataclass
from pathlib import Path

import torch

from checkpoint import outputs_of, state_dict_of
from sidecar import colours, resizing


@dataclass(frozen=True)
class Network:
    """A network in evaluation mode; `size` is (height, width), `published` whether its outputs are the library's own."""

    module: torch.nn.Module
    preprocess: dict
    size: tuple
    published: bool


def _recipe(name, weights):
    """The published weights whose preprocessing applies: those that a file is named after, else the newest."""
    from torchvision.models import get_model_weights

    known = list(get_model_weights(name))
    if not known:
        raise ValueError(f"torchvision declares no preprocessing for {name}")
    same = [one for one in known if one.url.endswith("/" + Path(weights).name)]
    return (same or [get_model_weights(name).DEFAULT])[0], bool(same)


def torchvision_network(name, weights):
    """A classification network of torchvision. Inception v3 comes with its auxiliary head."""
    from torchvision.models import get_model, list_models
    import torchvision

    known = list_models(torchvision.models)
    if name not in known:
        raise ValueError(f"torchvision has no such network: {name} (such as resnet50, vgg16, inception_v3)")
    recipe, named = _recipe(name, weights)
    extra = {"aux_logits": True, "init_weights": True} if name == "inception_v3" else {}
    if weights == "random":
        module = get_model(name, weights=None, **extra)
    elif weights == "default":
        module = get_model(name, weights=recipe)
    else:
        state = state_dict_of(weights)
        module = get_model(name, weights=None, num_classes=outputs_of(state), **extra)
        module.load_state_dict(state)
        if named and name == "googlenet":
            # As torchvision's own constructor does with these weights, which come from TensorFlow.
            module.transform_input = True
    transforms = recipe.transforms()
    preprocess = colours(transforms.mean, transforms.std)
    if name == "inception_v3":
        # torchvision turns its own normalisation into x / 127.5 - 1 inside this network: once, in strata, is enough.
        module.transform_input, preprocess = False, {"preset": "tf"}
    [crop], [resize] = transforms.crop_size, transforms.resize_size
    preprocess |= resizing(crop, resize, transforms.interpolation.value)
    return Network(module.eval(), preprocess, (crop, crop), weights in ("random", "default") or named)


def timm_network(name, weights):
    """A classification network of timm."""
    import timm

    if not timm.is_model(name.split(".")[0]):
        raise ValueError(f"timm has no such network: {name} (such as resnet50.a1_in1k, vgg16.tv_in1k)")
    if weights in ("random", "default"):
        module = timm.create_model(name, pretrained=weights == "default")
    else:
        state = state_dict_of(weights)
        module = timm.create_model(name, pretrained=False, num_classes=outputs_of(state))
        module.load_state_dict(state)
    declared = timm.data.resolve_model_data_config(module)
    size = tuple(declared["input_size"][1:])
    preprocess = colours(declared["mean"], declared["std"]) | timm_resizing(declared, size)
    return Network(module.eval(), preprocess, size, weights in ("random", "default"))


def timm_resizing(declared, size):
    """The geometry of timm's data configuration for an input of `size` (height, width), as its transforms_imagenet_eval has it."""
    rules = {"center": "cover", "squash": "stretch"}
    if declared["crop_mode"] not in rules:
        raise ValueError(f"its crop mode is {declared['crop_mode']}, which strata does not have ({', '.join(rules)})")
    rule = rules[declared["crop_mode"]]
    if size[0] != size[1]:
        return resizing(declared["crop_pct"], 1, declared["interpolation"], rule)
    return resizing(size[0], math.floor(size[0] / declared["crop_pct"]), declared["interpolation"], rule)


LIBRARIES = {"torchvision": torchvision_network, "timm": timm_network}
