"""Writes the small SavedModels of the tests, and what TensorFlow says they compute.

usage: make_saved_models.py OUT_DIR      (Python with tensorflow-cpu 2.21.0; OUT_DIR is test/model/files/saved-models)
module/     the network of tiny-graph.ts with the same weights, called by signatures that each have something of their own
keras/      what Keras 3 exports of a network with preprocessing, batch norms, a shortcut and dropout
branches/   branches that constants decide, which are inlined, and one that the image does
version-1/  the same head as TensorFlow 1 wrote it, with variables that are no resources
expected.json: for each model and signature, the first output for the image of `image`, row by row.
"""

import json
import os
import shutil
import sys
from pathlib import Path

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"

import keras
import numpy as np
import tensorflow as tf


def wave(shape, phase):
    """The weights of tiny-graph.ts."""
    return np.sin(np.arange(np.prod(shape)) * 1.7 + phase).astype(np.float32).reshape(shape)


def image(shape):
    """Whole numbers of 0 to 255."""
    return (np.arange(np.prod(shape)) * 37 % 256).astype(np.float32).reshape(shape)


def spec(*shape, dtype=tf.float32, name="image"):
    return tf.TensorSpec(shape, dtype, name=name)


class Residual(tf.Module):
    """A residual block, pooling and a softmax."""

    def __init__(self):
        super().__init__()
        shapes = {"kernel": (3, 3, 3, 4), "bias": (4,), "kernel_2": (3, 3, 4, 4), "weights": (4, 3), "scale": (4,)}
        phases = {"kernel": 1, "bias": 2, "kernel_2": 3, "weights": 4, "scale": 5}
        self.values = {name: tf.Variable(wave(shape, phases[name]), name=name) for name, shape in shapes.items()}

    @tf.function
    def head(self, x):
        v = self.values
        x = tf.nn.relu(tf.add(tf.nn.conv2d(x, v["kernel"], 1, "SAME", name="conv"), v["bias"], name="biased"), name="relu")
        y = tf.multiply(tf.nn.conv2d(x, v["kernel_2"], 1, "SAME", name="conv_2"), v["scale"], name="scaled")
        return tf.reduce_mean(tf.add(x, y, name="merged"), [1, 2], name="pooled")

    @tf.function
    def logits(self, x):
        return tf.matmul(self.head(x), self.values["weights"], name="logits")

    @tf.function
    def call(self, x):
        return {"probabilities": tf.nn.softmax(self.logits(x), name="probabilities")}

    @tf.function
    def two_outputs(self, x):
        return {"pooled": self.head(x), **self.call(x)}

    @tf.function
    def two_inputs(self, image, other):
        return self.call(image + other)

    @tf.function
    def loop(self, x):
        # As many turns as the image says: nothing can unroll it.
        turns = tf.cast(tf.reduce_max(x), tf.int32)
        return self.call(tf.while_loop(lambda at, _: at < turns, lambda at, y: (at + 1, y * 0.5), (0, x))[1])

    @tf.function
    def random(self, x):
        return self.call(x + tf.random.uniform(tf.shape(x)))

    @tf.function
    def half(self, x):
        kernel = tf.cast(self.values["kernel"], tf.float16)
        y = tf.nn.relu(tf.nn.conv2d(tf.cast(x / 256, tf.float16), kernel, 1, "SAME"), name="half_relu")
        return tf.reduce_mean(tf.cast(y * tf.constant(0.5, tf.float16), tf.float32), [1, 2], name="pooled")

    @tf.function
    def shaped(self, x):
        left, right = tf.split(x, [1, 2], axis=3)
        flat = tf.reshape(tf.concat([right, left], 3), [tf.shape(x)[0], -1])
        return tf.reduce_sum(flat * tf.cast(tf.shape(flat, out_type=tf.int64)[1], tf.float32), 1, True, name="sum")


def signatures(module):
    logits = lambda x: {"logits": module.logits(x)}
    made = {
        "serving_default": (module.call, spec(None, 6, 6, 3)),
        "bytes": (lambda x: module.call(tf.cast(x, tf.float32)), spec(None, 6, 6, 3, dtype=tf.uint8)),
        "open": (module.call, spec(None, None, None, 3)),
        "fixed": (module.call, spec(4, 6, 6, 3)),
        "logits": (logits, spec(None, 6, 6, 3)),
        "two_outputs": (module.two_outputs, spec(None, 6, 6, 3)),
        "loop": (module.loop, spec(None, 6, 6, 3)),
        "random": (module.random, spec(None, 6, 6, 3)),
        "half": (module.half, spec(None, 6, 6, 3)),
        "shaped": (module.shaped, spec(None, 6, 6, 3)),
        "text": (lambda x: {"text": tf.strings.as_string(tf.strings.length(x))}, spec(None, dtype=tf.string)),
    }
    concrete = {name: tf.function(call).get_concrete_function(of) for name, (call, of) in made.items()}
    pair = (spec(None, 6, 6, 3), spec(None, 6, 6, 3, name="other"))
    return {**concrete, "two_inputs": module.two_inputs.get_concrete_function(*pair)}


class Branches(tf.Module):
    """Branches of tf.cond and tf.switch_case, with a variable in one of them."""

    def __init__(self):
        super().__init__()
        self.kernel = tf.Variable(wave((3, 3, 3, 4), 1), name="kernel")

    def convolved(self, x):
        return tf.nn.relu(tf.nn.conv2d(x, self.kernel, 1, "SAME", name="conv"), name="relu")

    def chosen(self, certain, x):
        return {"pooled": tf.reduce_mean(tf.cond(certain, lambda: self.convolved(x), lambda: -x), [1, 2], name="pooled")}

    def constant_true(self, x):
        return self.chosen(tf.constant(True), x)

    def constant_false(self, x):
        return self.chosen(tf.constant(False), x)

    def training(self, x):
        """As TensorFlow 1 says that it only predicts."""
        training = tf.compat.v1.placeholder_with_default(False, [])
        return self.chosen(tf.cond(training, lambda: tf.constant(False), lambda: tf.constant(True)), x)

    def case(self, x):
        branches = [lambda: -x, lambda: self.convolved(x), lambda: x[:, :2]]
        return {"pooled": tf.reduce_mean(tf.switch_case(tf.constant(1), branches), [1, 2], name="pooled")}

    def image_decides(self, x):
        return self.chosen(tf.reduce_sum(x) > 0, x)


def branch_signatures(module):
    calls = (module.constant_true, module.constant_false, module.training, module.case, module.image_decides)
    return {call.__name__: tf.function(call).get_concrete_function(spec(None, 6, 6, 3)) for call in calls}


def keras_model():
    x = inputs = keras.Input((8, 8, 3), name="image")
    x = keras.layers.Rescaling(1 / 127.5, offset=-1, name="rescale")(x)
    x = keras.layers.ZeroPadding2D(1, name="pad")(x)
    x = keras.layers.Conv2D(4, 3, name="conv")(x)
    x = keras.layers.BatchNormalization(name="norm")(x)
    x = first = keras.layers.ReLU(6, name="relu")(x)
    x = keras.layers.DepthwiseConv2D(3, padding="same", use_bias=False, name="depthwise")(x)
    x = keras.layers.BatchNormalization(scale=False, name="norm_2")(x)
    x = keras.layers.Activation("silu", name="swish")(x)
    x = keras.layers.Add(name="add")([first, x])
    x = keras.layers.Dropout(0.5, name="drop")(x)
    x = keras.layers.GlobalAveragePooling2D(name="pool")(x)
    model = keras.Model(inputs, keras.layers.Dense(3, activation="softmax", name="classes")(x))
    # Running variances are positive.
    model.set_weights([abs(w) + 0.5 if "variance" in v.path else w for v, w in waves(model)])
    return model


def waves(model):
    return [(v, wave(v.shape, at)) for at, v in enumerate(model.weights)]


def write_version_1(folder):
    with tf.Graph().as_default(), tf.compat.v1.Session() as session:
        x = tf.compat.v1.placeholder(tf.float32, [None, 6, 6, 3], "image")
        kernel = tf.compat.v1.get_variable("kernel", initializer=wave((3, 3, 3, 4), 1), use_resource=False)
        bias = tf.compat.v1.get_variable("bias", initializer=wave((4,), 2), use_resource=True)
        y = tf.nn.relu(tf.nn.bias_add(tf.nn.conv2d(x, kernel, 1, "SAME", name="conv"), bias), name="relu")
        session.run(tf.compat.v1.global_variables_initializer())
        tf.compat.v1.saved_model.simple_save(session, str(folder), {"image": x}, {"relu": y})


def run(folder, name, function, shape):
    inputs = {key: tf.constant(image(shape), of.dtype) if of.dtype != tf.uint8 else tf.cast(image(shape), tf.uint8)
              for key, of in function.structured_input_signature[1].items()}
    output = next(iter(function(**inputs).values()))
    return {"shape": list(shape), "values": [float(value) for value in np.ravel(output)]}


def main(out):
    module = Residual()
    tf.saved_model.save(module, str(out / "module"), signatures=signatures(module))
    branches = Branches()
    tf.saved_model.save(branches, str(out / "branches"), signatures=branch_signatures(branches))
    keras_model().export(str(out / "keras"), verbose=False)
    write_version_1(out / "version-1")
    expected = {}
    for folder, names, side in (
        ("module", ("serving_default", "bytes", "fixed", "logits", "half", "shaped"), 6),
        ("branches", ("constant_true", "constant_false", "training", "case"), 6),
        ("keras", ("serving_default",), 8),
        ("version-1", ("serving_default",), 6),
    ):
        loaded = tf.saved_model.load(str(out / folder))
        found = {name: run(folder, name, loaded.signatures[name], (4, side, side, 3)) for name in names}
        expected[folder] = found
        for left in ("assets", "fingerprint.pb"):
            path = out / folder / left
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    (out / "expected.json").write_text(json.dumps(expected, indent=1) + "\n")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: make_saved_models.py OUT_DIR")
    main(Path(sys.argv[1]))
