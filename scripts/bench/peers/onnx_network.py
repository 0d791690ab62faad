"""Layer records as an ONNX graph: channels first, any batch size, batch norms left for the runtime to fold."""

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from geometry import with_pads

OPSET, IR_VERSION = 17, 8
IMAGE = "image"
POOLED = "/pooled"


class _Graph:
    """Nodes and initializers as they are collected; every value has its layer's name."""

    def __init__(self):
        self.nodes, self.initializers = [], []

    def constant(self, name, values):
        self.initializers.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, operator, inputs, name, **attributes):
        self.nodes.append(helper.make_node(operator, inputs, [name], name=name, **attributes))
        return name


def _conv(graph, layer):
    config, depthwise = layer.config, layer.kind == "DepthwiseConv2D"
    kernel = layer.weights["depthwise_kernel" if depthwise else "kernel"]
    groups = kernel.shape[2] if depthwise else 1
    kernel = kernel.transpose((2, 3, 0, 1) if depthwise else (3, 2, 0, 1))
    if depthwise:
        kernel = kernel.reshape(-1, 1, *kernel.shape[2:])
    inputs = [layer.inputs[0], graph.constant(f"{layer.name}/kernel", kernel)]
    if config["use_bias"]:
        inputs.append(graph.constant(f"{layer.name}/bias", layer.weights["bias"]))
    how = {"kernel_shape": config["kernel_size"], "strides": config["strides"], "pads": config["pads"]}
    graph.node("Conv", inputs, layer.name, group=groups, **how)


def _activation(graph, layer, value):
    if layer.kind == "ReLU":
        low = graph.constant(f"{layer.name}/low", np.float32(0))
        high = graph.constant(f"{layer.name}/high", np.float32(layer.config["max_value"]))
        return graph.node("Clip", [value, low, high], layer.name)
    if layer.config["activation"] == "relu":
        return graph.node("Relu", [value], layer.name)
    return graph.node("Softmax", [value], layer.name, axis=1)


def _norm(graph, layer):
    order = ("gamma", "beta", "moving_mean", "moving_variance")
    inputs = [graph.constant(f"{layer.name}/{key}", layer.weights[key]) for key in order]
    graph.node("BatchNormalization", [*layer.inputs, *inputs], layer.name, epsilon=layer.config["epsilon"])


def _dense(graph, layer):
    inputs = [graph.constant(f"{layer.name}/{key}", layer.weights[key]) for key in ("kernel", "bias")]
    _activation(graph, layer, graph.node("Gemm", [*layer.inputs, *inputs], f"{layer.name}/logits"))


def _add(graph, layer):
    match layer.kind:
        case "Conv2D" | "DepthwiseConv2D":
            _conv(graph, layer)
        case "BatchNormalization":
            _norm(graph, layer)
        case "Activation" | "ReLU":
            _activation(graph, layer, layer.inputs[0])
        case "MaxPooling2D":
            how = {"kernel_shape": layer.config["pool_size"], "strides": layer.config["strides"]}
            graph.node("MaxPool", layer.inputs, layer.name, pads=layer.config["pads"], **how)
        case "Add":
            graph.node("Add", layer.inputs, layer.name)
        case "GlobalAveragePooling2D":
            _pooled(graph, layer.inputs[0], layer.name)
        case "Reshape":
            shape = np.array([0, layer.config["target_shape"][-1], 1, 1], np.int64)
            graph.node("Reshape", [*layer.inputs, graph.constant(f"{layer.name}/shape", shape)], layer.name)
        case "Flatten":
            graph.node("Flatten", layer.inputs, layer.name)
        case "Dense":
            _dense(graph, layer)
        case _:
            raise ValueError(f"layer not supported: {layer.kind} ({layer.name})")


def _pooled(graph, value, name):
    graph.node("Flatten", [graph.node("GlobalAveragePool", [value], f"{name}/mean")], name)


def onnx_network(network, with_taps):
    """The model. Its outputs: the predictions and, where asked for, each tap averaged over space (NAME/pooled)."""
    graph, layers = _Graph(), with_pads(network.layers)
    graph.node("Identity", [IMAGE], layers[0].name)
    for layer in layers[1:]:
        _add(graph, layer)
    outputs = [f"{name}{POOLED}" for name in network.taps] if with_taps else []
    for name in network.taps if with_taps else []:
        _pooled(graph, name, f"{name}{POOLED}")
    outputs.append(layers[-1].name)
    height, width, channels = layers[0].config["batch_input_shape"][1:]
    image = helper.make_tensor_value_info(IMAGE, TensorProto.FLOAT, ["N", channels, height, width])
    values = [helper.make_tensor_value_info(name, TensorProto.FLOAT, ["N", None]) for name in outputs]
    made = helper.make_graph(graph.nodes, network.name, [image], values, graph.initializers)
    model = helper.make_model(made, opset_imports=[helper.make_opsetid("", OPSET)], ir_version=IR_VERSION)
    onnx.checker.check_model(model)
    return model
