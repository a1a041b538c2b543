"""Weight names of the three keras-vggface networks, and three tiny .h5 files: keras_names.json, tiny_keras.json,
tiny_weights.h5, tiny_weights_fixed.h5, tiny_model.h5.

Made by TensorFlow 2.15.1 with Keras 2.15, h5py 3.16, numpy 1.26 (requirements-keras.txt).
Run: python spec/golden/keras_names.py [FOLDER], FOLDER an unpacked keras_vggface-0.6 source package; with it the
topologies are compared with that package's own (its code is run with stand-ins for the modules that old Keras had).

keras_names.json: per network, with top, `weights`: [name, shape] in the order of the .h5 file (attribute layer_names,
then each layer's weight_names). LAYER is NAME without its last part; the dataset is /LAYER/NAME; parameters with and
without top.
tiny_weights_fixed.h5 is tiny_weights.h5 with its string attributes of fixed length, as h5py wrote them in the years of
the published weights; h5py 3.16 writes them with variable length. Layers without weights have an empty f64
weight_names.
tiny_keras.json: `input` (N,H,W,C, seeded noise), `output` and `taps` (layer -> N,H,W,C or N,F) of the tiny model whose
weights are in all the .h5 files; its layers and the tensors with their values.
"""
import os
import sys
import types

import h5py
import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
from keras import layers as L
from keras.models import Model

from common import HERE, rng, write_json
from keras_models import resnet50, vgg16

# What keras-vggface 0.6 counts: parameters with top, without top.
PARAMETERS = {"vgg16": (145002878, 14714688), "resnet50": (41246071, 23561152), "senet50": (43777063, 26092144)}
BUILD = {"vgg16": lambda top: vgg16(top), "resnet50": lambda top: resnet50(False, top),
         "senet50": lambda top: resnet50(True, top)}


def listing(model):
    assert all(v.name.rsplit("/", 1)[0] == layer.name for layer in model.layers for v in layer.weights)
    return [[v.name, list(v.shape)] for layer in model.layers for v in layer.weights]


def original(folder, name, top):
    """The same network built by keras_vggface 0.6 itself."""
    obtain = types.ModuleType("keras_applications.imagenet_utils")
    obtain._obtain_input_shape = lambda shape, **_: (224, 224, 3)
    topology = types.ModuleType("keras.engine.topology")
    topology.get_source_inputs = None
    data_utils = types.ModuleType("keras.utils.data_utils")
    data_utils.get_file = keras.utils.layer_utils = None
    sys.modules.update({"keras_applications": types.ModuleType("keras_applications"),
                        "keras_applications.imagenet_utils": obtain, "keras.engine": types.ModuleType("keras.engine"),
                        "keras.engine.topology": topology, "keras.utils.data_utils": data_utils})
    if folder not in sys.path:
        sys.path.insert(0, folder)
    from keras_vggface.vggface import VGGFace
    return VGGFace(include_top=top, model=name, weights=None, pooling="max")


def same_network(a, b):
    """Named weights equal, and each named layer's output shape and settings."""
    def facts(m):
        out = {}
        for layer in m.layers:
            c = layer.get_config()
            if layer.weights or layer.name in ("avg_pool",) or layer.name.startswith("pool"):
                out[layer.name] = [list(layer.output_shape)] + [c.get(k) for k in (
                    "kernel_size", "strides", "padding", "use_bias", "epsilon", "pool_size", "units")]
        return out
    return listing(a) == listing(b) and facts(a) == facts(b)


def tiny():
    x = image = L.Input((9, 8, 3), name="image")
    x = L.Conv2D(4, 3, strides=2, padding="same", use_bias=False, name="conv1/7x7_s2")(x)
    x = L.BatchNormalization(epsilon=1e-3, name="conv1/7x7_s2/bn")(x)
    x = L.Activation("relu", name="conv1/relu")(x)
    x = L.MaxPooling2D(2, strides=2, name="pool1")(x)
    x = L.Conv2D(5, 1, name="conv2_1_1x1_up")(x)
    x = L.Flatten(name="flatten")(x)
    x = L.Dense(6, name="fc6")(x)
    x = L.Activation("relu", name="fc6/relu")(x)
    x = L.Dense(3, activation="softmax", name="classifier")(x)
    return Model(image, x, name="tiny")


def fixed_strings(source, target):
    """Copy, with each string attribute as fixed-length bytes."""
    def copy(a, b):
        for k, v in a.attrs.items():
            array = np.asarray(v)
            b.attrs[k] = array if array.dtype.kind == "f" else array.astype("S")
        for k, v in a.items():
            if isinstance(v, h5py.Dataset):
                b.create_dataset(k, data=v[()])
            else:
                copy(v, b.create_group(k))
    with h5py.File(source) as a, h5py.File(target, "w") as b:
        copy(a, b)


def main():
    folder = sys.argv[1] if len(sys.argv) > 1 else None
    out = {"made_by": "spec/golden/keras_names.py", "versions": {"keras": keras.__version__, "h5py": h5py.__version__},
           "compared_with": "keras_vggface 0.6" if folder else None, "networks": {}}
    for name, build in BUILD.items():
        model, bare = build(True), build(False)
        assert (model.count_params(), bare.count_params()) == PARAMETERS[name], name
        n = {"parameters": model.count_params(), "parameters_no_top": bare.count_params(),
             "weights": listing(model), "no_top_order_equal": listing(bare) == listing(model)[:len(bare.weights)]}
        if folder:
            n["equals_original"] = same_network(model, original(folder, name, True)) and \
                same_network(bare, original(folder, name, False))
        out["networks"][name] = n
        print(name, {k: v for k, v in n.items() if k != "weights"})
        del model, bare
        keras.backend.clear_session()
    write_json("keras_names.json", out)

    model, stream = tiny(), rng(3)
    for v in model.weights:
        u = stream.random(tuple(v.shape))
        v.assign((0.5 + u if "variance" in v.name or "gamma" in v.name else u * 2 - 1).astype(np.float32))
    model.save_weights(os.path.join(HERE, "tiny_weights.h5"))
    model.save(os.path.join(HERE, "tiny_model.h5"), include_optimizer=False)
    x = (stream.random((2, 9, 8, 3)) * 2 - 1).astype(np.float32)
    names = [layer.name for layer in model.layers[1:]]
    taps = [t.numpy() for t in Model(model.input, [model.get_layer(n).output for n in names])(x, training=False)]
    def values(a):
        return {"shape": list(a.shape), "values": [float(v) for v in a.ravel()]}
    write_json("tiny_keras.json", {
        "made_by": "spec/golden/keras_names.py", "layout": "N,H,W,C and HWIO, C order",
        "layers": [[layer.name, layer.__class__.__name__] for layer in model.layers],
        "weights": {v.name: values(v.numpy()) for v in model.weights}, "input": values(x),
        "taps": {n: values(t) for n, t in zip(names, taps)}, "output": values(taps[-1])})
    fixed_strings(os.path.join(HERE, "tiny_weights.h5"), os.path.join(HERE, "tiny_weights_fixed.h5"))
    again = tiny()
    again.load_weights(os.path.join(HERE, "tiny_weights_fixed.h5"))
    assert np.array_equal(again(x, training=False), taps[-1])
    for f in ("tiny_weights.h5", "tiny_weights_fixed.h5", "tiny_model.h5"):
        print(f, os.path.getsize(os.path.join(HERE, f)))


if __name__ == "__main__":
    main()
