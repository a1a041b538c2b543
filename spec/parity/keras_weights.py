"""Loads weights that visage saved as Keras keeps them: for exports.lua. Environment: requirements-keras.txt.

Run: python keras_weights.py FOLDER. keras.h5 there is loaded into the model below, in order and by name, which runs
on keras_in.npy (N,C,H,W); outputs go to ordered.npy and named.npy.
"""
import os
import sys

os.environ["TF_CPP_MIN_LOG_LEVEL"] = "3"
os.environ["CUDA_VISIBLE_DEVICES"] = ""

import numpy as np
from tensorflow import keras


def build():
    x = start = keras.Input((5, 5, 2))
    x = keras.layers.Conv2D(3, (3, 2), name="a/conv")(x)
    x = keras.layers.BatchNormalization(name="a/conv/bn", epsilon=1e-3)(x)
    return keras.Model(start, keras.layers.Dense(4, name="fc")(keras.layers.Flatten()(x)))


def main(folder):
    x = np.load(os.path.join(folder, "keras_in.npy")).transpose(0, 2, 3, 1)
    for name, by_name in (("ordered", False), ("named", True)):
        model = build()
        model.load_weights(os.path.join(folder, "keras.h5"), by_name=by_name)
        np.save(os.path.join(folder, name + ".npy"), model.predict(x, verbose=0))


if __name__ == "__main__":
    main(sys.argv[1])
