"""The networks of keras_graphs2.py and keras_graphs3.py, in what Keras 2 and 3 have in common, and how they are written.

Not a golden itself. The functions take the module keras.
"""
import os

import numpy as np

from common import HERE, rng

FOLDER = os.path.join(HERE, "keras")
SIZE = (13, 11, 3)


def functional(keras):
    """Every layer that is imported but for data_format; a model in it, called twice, and one in that."""
    L, x = keras.layers, keras.layers.Input(SIZE, name="image")
    image = x
    x = L.ZeroPadding2D(((1, 0), (2, 1)), name="pad")(x)
    x = L.Conv2D(6, 3, strides=2, activation="relu", name="conv1")(x)
    x = L.BatchNormalization(scale=False, name="conv1_bn")(x)
    trunk = L.DepthwiseConv2D(3, depth_multiplier=2, padding="same", use_bias=False, name="depthwise")(x)
    x = L.PReLU(shared_axes=[1, 2], name="prelu")(trunk)
    x = L.SeparableConv2D(12, (3, 2), padding="same", strides=1, activation="sigmoid", name="separable")(x)
    s = L.Reshape((1, 1, 12), name="squeeze")(L.GlobalAveragePooling2D(name="mean")(x))
    s = L.Conv2D(12, 1, activation="sigmoid", name="gate")(L.Conv2D(4, 1, activation="relu", name="down")(s))
    x = L.Add(name="residual")([L.Multiply(name="excite")([x, s]), trunk, trunk])
    x = L.LeakyReLU(0.1, name="leaky")(x)
    x = L.Concatenate(name="both")([L.MaxPooling2D(3, 2, padding="same", name="max")(x),
                                    L.AveragePooling2D(3, 2, padding="same", name="average")(x)])
    inmost = keras.Sequential([L.Input((3, 3, 5)), L.BatchNormalization(center=False, name="inner_bn"),
                               L.ReLU(6.0, name="relu6")], name="inmost")
    inner = keras.Sequential([L.Input((3, 3, 24)), L.Conv2D(5, 1, groups=1, dilation_rate=2, name="inner"), inmost],
                             name="inside")
    x = L.Add(name="sum")([inner(x), inner(L.Activation("relu", name="relu")(x))])
    tail = L.GlobalMaxPooling2D(name="high")(x)
    x = L.Flatten(name="flat")(L.UpSampling2D(2, name="larger")(x))
    x = L.Dropout(0.4, name="dropout")(L.Dense(8, activation="relu", name="fc")(x))
    x = L.BatchNormalization(scale=False, center=False, epsilon=1e-4, name="fc_bn")(x)
    x = L.Dense(4, activation="softmax", name="classes")(x)
    return keras.Model(image, [x, tail, trunk], name="functional")


def sequential(keras):
    """Begins with no InputLayer of its own where Keras allows that; Reshape of rows and of maps."""
    L = keras.layers
    first = L.Conv2D(4, 3, name="first", input_shape=(6, 6, 2)) if keras.__version__[0] == "2" else L.Conv2D(4, 3, name="first")
    return keras.Sequential(([] if keras.__version__[0] == "2" else [L.Input((6, 6, 2))]) + [
        first, L.Reshape((2, 4, 8), name="reshape"), L.Rescaling(0.5, 0.25, name="rescale"), L.Softmax(name="along"),
        L.Flatten(name="flat"), L.Dense(12, name="rows"), L.Reshape((2, 3, 2), name="map"), L.MaxPooling2D(name="pool")],
        name="sequential")


def draw(model, seed):
    """Seeded numbers, in the order of the weights: gamma and variance from 0.5 to 1.5, others within 0.5 of 0."""
    stream = rng(seed)
    above = ("gamma", "variance")
    names = [w.name.split("/")[-1].split(":")[0] for w in model.weights]
    values = [stream.random(tuple(w.shape)) - 0.5 + name.endswith(above) for name, w in zip(names, model.weights)]
    model.set_weights([v.astype(np.float32) for v in values])


def image(seed, *shape):
    """(2, *shape) from -0.5 to 0.5."""
    return (rng(seed).random((2,) + shape) - 0.5).astype(np.float32)


def outputs(model, x):
    y = model.predict(x, verbose=0)
    return y if isinstance(y, list) else [y]


def write(model, name, x, arrays, endings):
    """keras/NAME.END for each ending; NAME.0, NAME.1, ... of the arrays are the outputs, N,H,W,C as they are."""
    os.makedirs(FOLDER, exist_ok=True)
    for end in endings:
        model.save(os.path.join(FOLDER, name + "." + end))
    for i, y in enumerate(outputs(model, x)):
        arrays["%s.%d" % (name, i)] = y
