"""Whole models of Keras 2 as files, and their outputs: keras/functional2.h5, keras/sequential2.{h5,keras},
keras_graphs2.npz.

Made by legacy Keras 2.15.0 of TensorFlow 2.15.1 (requirements-keras.txt). Run: python spec/golden/keras_graphs2.py
keras_graph_nets.py has the networks; NAME.0, NAME.1, ... of the .npz are a model's outputs, N,H,W,C, for image(31, 13, 11, 3)
and image(32, 6, 6, 2).
"""
import keras

from common import save_npz
from keras_graph_nets import SIZE, draw, functional, image, sequential, write


def main():
    arrays = {}
    for seed, name, make, x, ends in ((21, "functional2", functional, image(31, *SIZE), ("h5",)),
                                      (22, "sequential2", sequential, image(32, 6, 6, 2), ("h5", "keras"))):
        model = make(keras)
        draw(model, seed)
        write(model, name, x, arrays, ends)
    save_npz("keras_graphs2.npz", arrays)


if __name__ == "__main__":
    main()
