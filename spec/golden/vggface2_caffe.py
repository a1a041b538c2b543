"""ResNet-50 and SE-ResNet-50 of VGGFace2 in the Caffe release's form, in PyTorch: vggface2_caffe.json.

Environment: torch
Made by PyTorch 1.12.1, numpy 1.26 (requirements-torch.txt); the networks written here from He et al. 2015, Hu et al. 2017
and what the release states (stem padded by 3, pooling rounded up, batch-norm epsilon 1e-5, stride in the first 1x1, 7x7
average at stride 1, bias-free 128-D and 256-D heads). Run: python spec/golden/vggface2_caffe.py.

Weights: the seeded ones of experiment1.py (names, seeds and shapes from experiment1.json, statistics from its npz) turned
from Keras's layout; feat_extract.1 is (u * 2 - 1) * sqrt(6 / 2048) from PCG64(dimension). Input: experiment1's picture
without a person, blue first, minus the means. Modules are named as the layers of the .prototxt.

JSON: networks.NAME.layers [[name, norm, p1 .. p4]] (common.digest) in the order of the forward pass; outputs: the first 64
numbers of the average, of the 128-D and of the 256-D head; controls: the average's first 64 numbers with one rule broken;
float64: relative error of the float32 average against double precision.
"""
import json
import os

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common import HERE, digest, rng, write_json

MEAN = (91.4953, 103.8827, 131.0912)
STAGES = ((2, 3, 64, 256), (3, 4, 128, 512), (4, 6, 256, 1024), (5, 3, 512, 2048))
RIGHT = {"eps": 1e-5, "ceil": True, "pad": (3, 3), "reduce_strides": True}
CONTROLS = {"eps 1e-3": {"eps": 1e-3}, "pool 55": {"ceil": False}, "stem 2, 3": {"pad": (2, 3)},
            "stride in the 3x3": {"reduce_strides": False}}


def experiment1(name):
    """The seeded weights of experiment1.py by their Keras names."""
    entry = json.load(open(os.path.join(HERE, "experiment1.json")))["networks"][name]
    moving = np.load(os.path.join(HERE, "experiment1_%s.npz" % name))
    stream, out = rng(entry["seed"]), {}
    for key, shape in entry["weights"]:
        if key in moving:
            out[key] = moving[key]
            continue
        u, kind = stream.random(shape), key.rsplit("/", 1)[1]
        scale = np.sqrt(6 / np.prod(shape[:-1])) if kind == "kernel:0" else 0.1 if kind == "bias:0" else 0.5
        out[key] = (0.5 + u if kind == "gamma:0" else (u * 2 - 1) * scale).astype(np.float32)
    return out


class Net(nn.Module):
    """The network under rules like RIGHT."""

    def __init__(self, squeeze, rules=RIGHT, heads=(128, 256)):
        super().__init__()
        self.squeeze, self.rules, self.heads = squeeze, rules, heads
        self.parts = nn.ModuleDict()
        self.conv("conv1/7x7_s2", 3, 64, 7)
        width = 64
        for stage, blocks, inner, outer in STAGES:
            for i in range(1, blocks + 1):
                name = "conv%d_%d" % (stage, i)
                self.conv(name + "_1x1_reduce", width, inner, 1)
                self.conv(name + "_3x3", inner, inner, 3)
                self.conv(name + "_1x1_increase", inner, outer, 1)
                if squeeze:
                    self.parts[name + "_1x1_down"] = nn.Conv2d(outer, outer // 16, 1)
                    self.parts[name + "_1x1_up"] = nn.Conv2d(outer // 16, outer, 1)
                if i == 1:
                    self.conv(name + "_1x1_proj", width, outer, 1)
                width = outer
        for d in heads:
            self.parts["feat_extract_%d" % d] = nn.Conv2d(2048, d, 1, bias=False)

    def conv(self, name, inp, out, kernel):
        self.parts[name] = nn.Conv2d(inp, out, kernel, bias=False)
        self.parts[name + "/bn"] = nn.BatchNorm2d(out, eps=self.rules["eps"])

    def load(self, keras):
        for key, w in keras.items():
            layer, kind = key.rsplit("/", 1)
            part = self.parts[layer]
            slot = {"gamma:0": "weight", "kernel:0": "weight", "beta:0": "bias", "bias:0": "bias",
                    "moving_mean:0": "running_mean", "moving_variance:0": "running_var"}[kind]
            w = torch.from_numpy(w.transpose(3, 2, 0, 1).copy() if w.ndim == 4 else w)
            assert getattr(part, slot).shape == w.shape, key
            getattr(part, slot).data = w
        for d in self.heads:
            w = (rng(d).random((d, 2048, 1, 1)) * 2 - 1) * np.sqrt(6 / 2048)
            self.parts["feat_extract_%d" % d].weight.data = torch.from_numpy(w.astype(np.float32))
        return self.eval()

    def forward(self, x):
        """The outputs of the layers with parameters or a window, and of the blocks, by name, in order."""
        seen = {}

        def keep(name, y):
            seen[name] = y
            return y

        def conv_bn(name, x, stride=1, pad=(0, 0)):
            before, after = pad
            x = F.pad(x, (before, after, before, after))
            x = keep(name, F.conv2d(x, self.parts[name].weight, None, stride))
            return keep(name + "/bn", self.parts[name + "/bn"](x))

        x = F.relu(conv_bn("conv1/7x7_s2", x, 2, self.rules["pad"]))
        x = keep("pool1", F.max_pool2d(x, 3, 2, ceil_mode=self.rules["ceil"]))
        for stage, blocks, _, _ in STAGES:
            for i in range(1, blocks + 1):
                name, stride = "conv%d_%d" % (stage, i), 2 if i == 1 and stage > 2 else 1
                first = stride if self.rules["reduce_strides"] else 1
                y = F.relu(conv_bn(name + "_1x1_reduce", x, first))
                y = F.relu(conv_bn(name + "_3x3", y, stride // first, (1, 1)))
                y = conv_bn(name + "_1x1_increase", y)
                if self.squeeze:
                    s = keep(name + "_1x1_down", self.parts[name + "_1x1_down"](y.mean((2, 3), keepdim=True)))
                    s = keep(name + "_1x1_up", self.parts[name + "_1x1_up"](F.relu(s)))
                    y = y * torch.sigmoid(s)
                if i == 1:
                    x = conv_bn(name + "_1x1_proj", x, stride)
                x = keep(name, F.relu(y + x))
        x = keep("pool5/7x7_s1", F.avg_pool2d(x, 7, 1))
        for d in self.heads:
            keep("feat_extract_%d" % d, self.parts["feat_extract_%d" % d](x))
        return seen


def picture():
    v, u = np.mgrid[:224, :224]
    rgb = np.stack([u * 255 // 223, v * 255 // 223, (u + v) * 255 // 446]).astype(np.float32)
    return torch.from_numpy(np.ascontiguousarray(rgb[::-1]) - np.array(MEAN, np.float32).reshape(3, 1, 1))[None]


def first(seen, name):
    return seen[name].flatten()[:64].tolist()


@torch.no_grad()
def network(name):
    keras, x, squeeze = experiment1(name), picture(), name == "senet50"
    net = Net(squeeze).load(keras)
    seen = net(x)
    average = seen["pool5/7x7_s1"].double()
    controls = {k: first(Net(squeeze, {**RIGHT, **broken}).load(keras)(x), "pool5/7x7_s1")
                for k, broken in CONTROLS.items()}
    result = {"layers": [[n] + digest(y.numpy()) for n, y in seen.items() if not n.startswith("feat_extract")],
              "outputs": {n: first(seen, n) for n in ("pool5/7x7_s1", "feat_extract_128", "feat_extract_256")},
              "controls": controls}
    exact = net.double()(x.double())["pool5/7x7_s1"]
    result["float64"] = float((average - exact).norm() / exact.norm())
    return result


def main():
    networks = {name: network(name) for name in ("resnet50", "senet50")}
    write_json("vggface2_caffe.json", {"made_by": "spec/golden/vggface2_caffe.py",
                                       "versions": {"torch": torch.__version__}, "networks": networks})
    for name, n in networks.items():
        right = np.array(n["outputs"]["pool5/7x7_s1"])
        print(name, n["float64"], {k: float(np.linalg.norm(np.array(v) - right) / np.linalg.norm(right))
                                   for k, v in n["controls"].items()})


if __name__ == "__main__":
    main()
