"""What OpenCV computes of Caffe nets, layer by layer: `caffe_layers.py NETWORK SEED FOLDER`, for spec/parity/run.lua.

Environment: caffe (requirements-caffe.txt)
NETWORK is resnet50 or senet50 in the layout of the published nets (spec/golden/caffe_nets.py) with seeded weights; batch-norm
statistics are those of eight of the 32 photos of vggface2/samples/loose. Writes to FOLDER net.prototxt and
net.caffemodel, by Google's protobuf, and inputs.npy, embeddings.npy, people.json and layers.npz as keras_layers.py
does. OpenCV has no Axpy: it gets the same sum as a Scale and an Eltwise.
"""
import json
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import cv2
import numpy as np

import caffe_nets as nets
from caffe import made, run
from caffe_proto import NetParameter, text_of
from faces import cut, faces

SHOWN = 2  # photos whose layers are written
MEAN = (91.4953, 103.8827, 131.0912)  # B, G, R
FEATURE = "pool5/7x7_s1"


def photos():
    """(32, 3, 224, 224) and whose each is."""
    images = [cv2.resize(cut(cv2.imread(path), box), (224, 224)) for path, box, _ in faces()]
    x = np.stack([(i.astype(np.float32) - np.float32(MEAN)).transpose(2, 0, 1) for i in images])
    return x, [person for _, _, person in faces()]


def one_layer(layer, values):
    """The layer's output for its bottoms."""
    net = NetParameter(name="one")
    for name in layer.bottom:
        net.input.append(name)
        net.input_shape.add().dim.extend(values[name].shape)
    net.layer.add().CopyFrom(layer)
    if layer.top[0] in layer.bottom:
        net.layer[0].top[0] = "result"
    one = made(net)
    for name in layer.bottom:
        one.setInput(values[name], name)
    return one.forward()


def calibrate(net, x):
    """Gives each BatchNorm the statistics of what comes to it, times a factor of 2."""
    values = {net.layer[0].top[0]: x}
    last = {name: i for i, layer in enumerate(net.layer) for name in layer.bottom}
    for i, layer in enumerate(net.layer):
        if layer.type == "Input":
            continue
        if layer.type == "BatchNorm":
            y = values[layer.bottom[0]].astype(np.float64)
            for blob, value in zip(layer.blobs, (y.mean((0, 2, 3)), y.var((0, 2, 3)))):
                blob.data[:] = (2 * value).astype(np.float32).tolist()
        result = one_layer(layer, values)
        for name in layer.bottom:
            if last[name] == i:
                del values[name]
        values[layer.top[0]] = result


def with_axpy(net, seed):
    """The senet50 that has the blobs of net, in its own form."""
    other, blobs = nets.senet50(seed=seed), {layer.name: layer.blobs for layer in net.layer}
    for layer in other.layer:
        del layer.blobs[:]
        layer.blobs.extend(blobs.get(layer.name, ()))
    return other


def main():
    network, seed, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    x, people = photos()
    net = nets.resnet50(seed) if network == "resnet50" else nets.senet50(False, seed)
    calibrate(net, x[seed % 4::4])
    file = with_axpy(net, seed) if network == "senet50" else net
    with open(os.path.join(folder, "net.prototxt"), "w") as f:
        f.write(text_of(file))
    with open(os.path.join(folder, "net.caffemodel"), "wb") as f:
        f.write(file.SerializeToString())
    whole = made(net)
    shown = x[np.arange(SHOWN) * 8 + seed % 8]  # other photos for each seed
    values = {name.replace("_scaled", "/scaled"): y for name, y in run(whole, shown).items()}
    np.savez(os.path.join(folder, "layers.npz"), data=shown, **values)
    np.save(os.path.join(folder, "inputs.npy"), x)
    y = np.concatenate([run(whole, x[i:i + 4])[FEATURE] for i in range(0, len(x), 4)])
    np.save(os.path.join(folder, "embeddings.npy"), y.reshape(len(x), -1))
    json.dump({"people": people, "framework": "OpenCV " + cv2.__version__}, open(os.path.join(folder, "people.json"), "w"))


if __name__ == "__main__":
    main()
