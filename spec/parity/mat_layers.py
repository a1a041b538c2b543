"""VGG16 as MatConvNet defines it, layer by layer: `mat_layers.py SEED FOLDER`, for spec/parity/run.lua.

Environment: mat (requirements-mat.txt)
MatConvNet needs MATLAB, so its layers (spec/golden/mat.py says which) are computed by PyTorch, in f32, from the arrays that
scipy writes to FOLDER as vgg-face.mat: its 39 layers and their fields, with seeded weights. The rest of what is written is
as keras_layers.py describes; the names are the layers'.
"""
import json
import os
import sys

import numpy as np
import scipy.io
import torch
import torch.nn.functional as F

from torch_layers import SHOWN, faces, photos
from mat import cell  # of spec/golden, which torch_layers has put on the path

MEAN = (129.1863, 104.7624, 93.5940)  # averageImage: R, G, B
BLOCKS = ((2, 64), (2, 128), (3, 256), (3, 512), (3, 512))


def layers(seed):
    """The 39 layers; He's normal filters, so that values keep their size."""
    stream = np.random.default_rng(seed)
    row = lambda *v: np.array([v], dtype="f8")
    out, channels = [], 3

    def conv(name, size, width, pad):
        nonlocal channels
        filters = stream.standard_normal((size, size, channels, width), dtype="f4")
        filters *= np.float32((2 / (size * size * channels)) ** 0.5)
        biases = stream.standard_normal((1, width), dtype="f4") * np.float32(0.1)
        out.append({"type": "conv", "name": name, "weights": cell(np.asfortranarray(filters), biases),
                    "pad": row(pad, pad, pad, pad), "stride": row(1, 1)})
        channels = width

    for b, (count, width) in enumerate(BLOCKS, 1):
        for i in range(1, count + 1):
            conv("conv%d_%d" % (b, i), 3, width, 1)
            out.append({"type": "relu", "name": "relu%d_%d" % (b, i)})
        out.append({"type": "pool", "name": "pool%d" % b, "method": "max", "pool": row(2, 2), "stride": row(2, 2),
                    "pad": row(0, 0, 0, 0)})
    for name, size, width in (("fc6", 7, 4096), ("fc7", 1, 4096), ("fc8", 1, 2622)):
        conv(name, size, width, 0)
        if name != "fc8":
            out.append({"type": "relu", "name": "relu" + name[2]})
            out.append({"type": "dropout", "name": "dropout" + name[2], "rate": 0.5})
    return out + [{"type": "softmax", "name": "prob"}]


def run(net, x, order=(3, 2, 0, 1)):
    """Layer -> its output; dropout has none of its own. order makes (out, in, rows, columns) of filters."""
    values = {}
    for layer in net:
        kind, name = layer["type"], layer["name"]
        if kind == "conv":
            filters, biases = layer["weights"][0]
            x = F.conv2d(x, torch.from_numpy(filters).permute(order).contiguous(), torch.from_numpy(biases)[0],
                         padding=int(layer["pad"][0, 0]))
        elif kind == "relu":
            x = F.relu(x)
        elif kind == "pool":
            x = F.max_pool2d(x, 2)
        elif kind == "softmax":
            x = F.softmax(x, 1)
        if kind != "dropout":
            values[name] = x
    return values


def embeddings(net, x, **mistake):
    return torch.cat([run(net, x[i:i + 4], **mistake)["relu7"].flatten(1) for i in range(0, len(x), 4)]).numpy()


@torch.no_grad()
def main():
    seed, folder = int(sys.argv[1]), sys.argv[2]
    net = layers(seed)
    scipy.io.savemat(os.path.join(folder, "vgg-face.mat"), {
        "layers": cell(*net),
        "meta": {"normalization": {"imageSize": np.array([[224.0, 224, 3]]),
                                   "averageImage": np.array(MEAN, "f4").reshape(1, 1, 3)}}})
    x = photos(224, 224, MEAN, 1)
    shown = x[torch.arange(SHOWN) * 8 + seed % 8]
    values = {name: value.numpy() for name, value in run(net, shown).items()}
    np.savez(os.path.join(folder, "layers.npz"), data=shown.numpy(), **values)
    np.save(os.path.join(folder, "inputs.npy"), x.numpy())
    np.save(os.path.join(folder, "embeddings.npy"), embeddings(net, x))
    np.savez(os.path.join(folder, "controls.npz"), **{
        "BGR for RGB": embeddings(net, photos(224, 224, MEAN[::-1], 1, bgr=True)),
        "no averageImage": embeddings(net, photos(224, 224, 0, 1)),
        "columns for rows": embeddings(net, x, order=(3, 2, 1, 0))})
    json.dump({"people": [person for _, _, person in faces()], "framework": "PyTorch " + torch.__version__},
              open(os.path.join(folder, "people.json"), "w"))


if __name__ == "__main__":
    main()
