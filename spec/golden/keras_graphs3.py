"""Whole models of Keras 3 as files, and their outputs: keras/functional3.{h5,keras}, keras/{sequential3,first3}.keras,
keras_graphs3.npz.

Made by Keras 3.15.1 with its JAX backend (requirements-keras3.txt). Run: python spec/golden/keras_graphs3.py
keras_graph_nets.py has the networks; NAME.0, NAME.1, ... of the .npz are a model's outputs, N,H,W,C, for image(31, 13, 11, 3)
and image(32, 6, 6, 2); first3, whose images are channels first, has image(33, 3, 7, 6) and outputs N,C,H,W.
"""
import os

os.environ["KERAS_BACKEND"] = "jax"

import keras

from common import save_npz
from keras_graph_nets import SIZE, draw, functional, image, sequential, write


def channels_first(keras):
    """Two Flattens: one turns the axes before, one does not."""
    L = keras.layers
    x = start = L.Input((3, 7, 6), name="image")
    x = L.Conv2D(4, 3, padding="same", data_format="channels_first", name="conv")(x)
    x = L.BatchNormalization(axis=1, name="bn")(x)
    x = L.Concatenate(axis=1, name="both")([x, L.ReLU(name="relu")(x)])
    pool = x = L.MaxPooling2D(2, data_format="channels_first", name="pool")(x)
    kept = L.Dense(3, name="kept")(L.Flatten(data_format="channels_last", name="flat")(x))
    turned = L.Dense(3, name="turned")(L.Flatten(data_format="channels_first", name="flat_turned")(x))
    shaped = L.Reshape((4, 2, 9), name="reshape")(x)
    return keras.Model(start, [kept, turned, shaped, pool], name="first")


def main():
    arrays = {}
    for seed, name, make, x, ends in (
            (21, "functional3", functional, image(31, *SIZE), ("h5", "keras")),
            (22, "sequential3", sequential, image(32, 6, 6, 2), ("keras",)),
            (23, "first3", channels_first, image(33, 3, 7, 6), ("keras",))):
        model = make(keras)
        draw(model, seed)
        write(model, name, x, arrays, ends)
    save_npz("keras_graphs3.npz", arrays)


if __name__ == "__main__":
    main()
