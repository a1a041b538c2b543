"""Whole models of Keras 1 as files, and their outputs: keras/{functional1,sequential1,theano1}.h5, keras_graphs1.json.

Made by Keras 1.2.2 on TensorFlow 1.4.1, theano1.h5 on Theano 1.0.5, Python 3.6 (requirements-keras1.txt).
Run: python spec/golden/keras_graphs1.py; it calls itself for Theano.

NAME in the JSON: the values of a model's outputs, for PCG64(SEED).random((2, 13, 11, 3)) - 0.5 (SEED 31; channels first for
sequential1: SEED 33, (2, 3, 7, 6), whose axes are N,C,H,W).
"""
import os
import subprocess
import sys

THEANO = "--theano" in sys.argv
os.environ["KERAS_BACKEND"] = "theano" if THEANO else "tensorflow"
os.environ["THEANO_FLAGS"] = "device=cpu,floatX=float32,cxx="

import numpy as np
from keras import layers as L
from keras.models import Model, Sequential

from common import HERE, rng, write_json

FOLDER = os.path.join(HERE, "keras")


def functional():
    x = image = L.Input((13, 11, 3), name="image")
    x = L.ZeroPadding2D((1, 2), dim_ordering="tf", name="pad")(x)
    x = L.Convolution2D(6, 3, 3, subsample=(2, 2), border_mode="valid", bias=False, dim_ordering="tf", name="conv1")(x)
    x = L.Activation("relu", name="conv1/relu")(L.BatchNormalization(axis=3, name="conv1/bn")(x))
    y = L.Convolution2D(6, 3, 3, border_mode="same", activation="relu", dim_ordering="tf", name="conv2")(x)
    x = L.merge([x, y], mode="sum", name="sum")
    x = L.merge([L.MaxPooling2D((3, 3), (2, 2), border_mode="same", dim_ordering="tf", name="max")(x),
                 L.AveragePooling2D((3, 3), (2, 2), border_mode="same", dim_ordering="tf", name="mean")(x)],
                mode="concat", concat_axis=3, name="both")
    x = L.PReLU(shared_axes=[1, 2], name="prelu")(x)
    high = L.GlobalMaxPooling2D(dim_ordering="tf", name="high")(x)
    x = L.Dropout(0.5)(L.Dense(8, activation="relu", name="fc")(L.Flatten(name="flat")(x)))
    return Model(image, [L.Dense(4, activation="softmax", name="classes")(x), high], name="functional")


def sequential():
    order = {"dim_ordering": "th"}
    return Sequential([L.Convolution2D(4, 3, 2, input_shape=(3, 7, 6), name="conv", **order), L.LeakyReLU(0.2, name="leaky"),
                       L.MaxPooling2D(name="pool", **order), L.Flatten(name="flat"), L.Dense(3, name="fc")])


def theano():
    return Sequential([L.Convolution2D(4, 3, 3, input_shape=(7, 6, 3), dim_ordering="tf", name="conv")])


def write(model, name, seed, x):
    stream = rng(seed)
    above = ("gamma", "running_std")
    for layer in model.layers:
        values = [stream.random(w.shape) - 0.5 + v.name.split(":")[0].endswith(above)
                  for v, w in zip(layer.weights, layer.get_weights())]
        layer.set_weights([v.astype(np.float32) for v in values])
    model.save(os.path.join(FOLDER, name + ".h5"))
    y = model.predict(x)
    return [one.tolist() for one in (y if isinstance(y, list) else [y])]


def main():
    image = lambda seed, *shape: (rng(seed).random((2,) + shape) - 0.5).astype(np.float32)
    if THEANO:
        return write(theano(), "theano1", 43, image(33, 7, 6, 3))
    write_json("keras_graphs1.json", {"made_by": "spec/golden/keras_graphs1.py",
                                      "functional1": write(functional(), "functional1", 41, image(31, 13, 11, 3)),
                                      "sequential1": write(sequential(), "sequential1", 42, image(33, 3, 7, 6))})
    subprocess.check_call([sys.executable, __file__, "--theano"])


if __name__ == "__main__":
    main()
