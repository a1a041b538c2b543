"""The .weights.h5 of Keras, which name tensors by paths: h5/keras3.weights.h5, h5/keras2.weights.h5, keras3.keras,
keras_paths.json.

Run in two environments: python spec/golden/keras_paths.py (Keras 3.15 with its numpy backend: requirements-keras3.txt; or
Keras 2.15: requirements-keras.txt). Each run writes its own file, and its own part of keras_paths.json:

  NAME.order            paths of the datasets
  NAME.tensors.PATH     shape and values, as h5py reads them
  NAME.names.OBJECT     the name of the layer whose group vars this is (Keras 3)
"""
import json
import os

os.environ.setdefault("KERAS_BACKEND", "numpy")

import h5py
import keras
import numpy as np
from common import HERE, rng, write_json


def main():
    name = "keras" + keras.__version__[0]
    layers = keras.layers
    net = keras.Sequential([layers.Input((6, 6, 2)), layers.Conv2D(3, 3, name="first"), layers.BatchNormalization(name="norm"),
                            layers.Flatten(), layers.Dense(2, name="last")])
    net.build((None, 6, 6, 2))
    g = rng(3)
    net.set_weights([np.round(g.random(w.shape) * 64) / 64 for w in net.get_weights()])
    path = os.path.join(HERE, "h5", name + ".weights.h5")
    net.save_weights(path)
    if name == "keras3":
        net.save(os.path.join(HERE, "keras3.keras"))
    tensors, names = {}, {}

    def visit(at, item):
        if isinstance(item, h5py.Dataset):
            value = item[()]
            tensors[at] = {"shape": list(value.shape), "values": value.reshape(-1).tolist()}
        elif at.endswith("/vars") and "name" in item.attrs and len(item) > 0:
            names[at[:-len("/vars")]] = item.attrs["name"]

    with h5py.File(path) as f:
        f.visititems(visit)
    part = {"keras": keras.__version__, "h5py": h5py.__version__, "order": sorted(tensors), "tensors": tensors, "names": names}
    facts, at = {"made_by": "spec/golden/keras_paths.py"}, os.path.join(HERE, "keras_paths.json")
    if os.path.exists(at):
        with open(at) as f:
            facts = json.load(f)
    facts[name] = part
    write_json("keras_paths.json", facts)


if __name__ == "__main__":
    main()
