"""What Keras computes, layer by layer: `keras_layers.py NETWORK SEED FOLDER`, for spec/parity/run.lua.

Environment: keras
NETWORK is vgg16, resnet50 or senet50, built as keras-vggface 0.6 does (spec/golden/keras_models.py) with seeded weights
(spec/golden/experiment1.py); batch-norm statistics are those of the 32 photos of vggface2/samples/loose. Writes to FOLDER:
  weights.h5      by model.save_weights
  inputs.npy      (32, 3, 224, 224): the photos' published boxes, resized, preprocessed
  embeddings.npy  (32, D)
  people.json     whose each photo is
  layers.npz      layer -> its output for two of the photos, N,C,H,W; "data" is the input
  controls.npz    mistake -> the embeddings (32, D) of a reference that makes it
"""
import json
import os
import sys

import numpy as np
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras

from experiment1 import MEAN, calibrate, preprocess, resized, seeded
from faces import cut, faces
from keras_models import resnet50, vgg16

SHOWN = 2  # photos whose layers are written

# Mistakes in the network; those in its input are in wrong_inputs.
BROKEN = {"eps 1e-5": {"eps": 1e-5}, "pool 56": {"pool": "same"}, "stride in the 3x3": {"strided": "3x3"}}

BUILD = {"vgg16": lambda: vgg16(True), "resnet50": lambda: resnet50(False, momentum=0.0),
         "senet50": lambda: resnet50(True, momentum=0.0)}
EMBEDDING = {"vgg16": "fc7/relu", "resnet50": None, "senet50": None}
MEAN_V1 = (93.5940, 104.7624, 129.1863)  # B, G, R; preprocess version 1


def inputs(network, crops, filter=Image.BICUBIC):
    small = [resized(c, filter) for c in crops]
    if network != "vgg16":
        return np.stack([preprocess(c) for c in small])
    return np.stack([c[..., ::-1].astype(np.float32) - np.float32(MEAN_V1) for c in small])


def wrong_inputs(network, crops, x):
    mean = np.float32(MEAN_V1 if network == "vgg16" else MEAN)
    return {"RGB for BGR": (x + mean)[..., ::-1] - mean, "no mean": x + mean,
            "NEAREST": inputs(network, crops, Image.NEAREST)}


def nchw(a):
    return np.ascontiguousarray(a.transpose(0, 3, 1, 2)) if a.ndim == 4 else a


def embeddings(model, network, x):
    feature = EMBEDDING[network]
    embed = keras.Model(model.input, model.get_layer(feature).output) if feature else model
    return np.concatenate([embed(x[i:i + 8], training=False).numpy() for i in range(0, len(x), 8)])


def node(layer):
    """The node of visage that gives the layer's output: a convolution with its ReLU inside is two nodes there."""
    inside = isinstance(layer, keras.layers.Conv2D) and layer.activation is keras.activations.relu
    return layer.name + "/relu" if inside else layer.name


def main():
    network, seed, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    crops = [cut(np.asarray(Image.open(path).convert("RGB")), box) for path, box, _ in faces()]
    people = [person for _, _, person in faces()]
    x = inputs(network, crops)
    model = BUILD[network]()
    seeded(model, seed)
    if network != "vgg16":
        calibrate(model, x)
    model.save_weights(os.path.join(folder, "weights.h5"))
    shown = x[np.arange(SHOWN) * 8 + seed % 8]  # other photos for each seed
    layers = model.layers[1:]
    probe = keras.Model(model.input, [l.output for l in layers])
    values = {node(l): nchw(v.numpy()) for l, v in zip(layers, probe(shown, training=False))}
    np.savez(os.path.join(folder, "layers.npz"), data=nchw(shown), **values)
    y = embeddings(model, network, x)
    controls = {k: embeddings(model, network, v) for k, v in wrong_inputs(network, crops, x).items()}
    for name, rule in BROKEN.items() if network != "vgg16" else ():
        wrong = resnet50(network == "senet50", **rule)
        wrong.set_weights(model.get_weights())
        controls[name] = embeddings(wrong, network, x)
    np.savez(os.path.join(folder, "controls.npz"), **controls)
    np.save(os.path.join(folder, "inputs.npy"), nchw(x))
    np.save(os.path.join(folder, "embeddings.npy"), y)
    json.dump({"people": people, "framework": "Keras " + keras.__version__}, open(os.path.join(folder, "people.json"), "w"))


if __name__ == "__main__":
    main()
