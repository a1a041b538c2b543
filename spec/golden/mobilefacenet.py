"""MobileFaceNet with the weights of 068.ckpt on synthetic noise: mobilefacenet.json.

Made by PyTorch 1.12.1, numpy 1.26 (requirements-torch.txt), the network written from the description in the README of
../shared/weights. Run: python spec/golden/mobilefacenet.py; weights from ../shared/weights or beside $VISAGE_DATA.

Input: pixels floor(PCG64(112).random((2, 3, 112, 96)) * 256) (N,C,H,W, RGB), the second image smoothed: each pixel the
mean of its 8x8 cell, rounded down; then (x - 127.5) / 128 in float32. No person is in it.
JSON: output (2 x 128, float32), flipped (features of the images mirrored in x),
float32_relative_error (against the same network in double precision), taps {name: shape, norm, first:
8 values of the first image's first row}.
"""
import os

import numpy as np
import torch
from torch import nn

from common import WEIGHTS, pixels, sha256, write_json

# (expand, out, count, stride)
BOTTLENECKS = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))
TAPS = ("conv1", "dw_conv1", "blocks.0", "blocks.4", "blocks.5", "blocks.14", "conv2", "linear7", "linear1")


def conv_bn(inp, out, kernel, stride=1, pad=0, groups=1):
    return [nn.Conv2d(inp, out, kernel, stride, pad, groups=groups, bias=False), nn.BatchNorm2d(out)]


class Unit(nn.Sequential):
    """conv, bn and, unless linear, prelu, under the checkpoint's names."""
    def __init__(self, *conv, linear=False, **options):
        layers = conv_bn(*conv, **options) + ([] if linear else [nn.PReLU(conv[1])])
        super().__init__()
        for name, layer in zip(("conv", "bn", "prelu"), layers):
            self.add_module(name, layer)


class Bottleneck(nn.Module):
    def __init__(self, inp, out, stride, expand):
        super().__init__()
        wide = inp * expand
        self.residual = stride == 1 and inp == out
        self.conv = nn.Sequential(*conv_bn(inp, wide, 1), nn.PReLU(wide),
                                  *conv_bn(wide, wide, 3, stride, 1, wide), nn.PReLU(wide), *conv_bn(wide, out, 1))

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileFaceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = Unit(3, 64, 3, stride=2, pad=1)
        self.dw_conv1 = Unit(64, 64, 3, pad=1, groups=64)
        blocks, width = [], 64
        for expand, out, count, stride in BOTTLENECKS:
            for i in range(count):
                blocks.append(Bottleneck(width, out, stride if i == 0 else 1, expand))
                width = out
        self.blocks = nn.Sequential(*blocks)
        self.conv2 = Unit(128, 512, 1)
        self.linear7 = Unit(512, 512, (7, 6), groups=512, linear=True)
        self.linear1 = Unit(512, 128, 1, linear=True)

    def forward(self, x):
        x = self.conv2(self.blocks(self.dw_conv1(self.conv1(x))))
        return self.linear1(self.linear7(x)).flatten(1)


def images():
    u8 = pixels(112, (2, 3, 112, 96))
    cells = u8[1].reshape(3, 14, 8, 12, 8).mean((2, 4)).astype(np.uint8)
    u8[1] = np.repeat(np.repeat(cells, 8, 1), 8, 2)
    return u8


@torch.no_grad()
def main():
    net = MobileFaceNet()
    net.load_state_dict(torch.load(os.path.join(WEIGHTS, "mobilefacenet/068.ckpt"), "cpu")["net_state_dict"])
    net.eval()
    u8 = images()
    x = (torch.from_numpy(u8.astype(np.float32)) - 127.5) / 128
    taps = {}
    for name in TAPS:
        net.get_submodule(name).register_forward_hook(lambda m, i, y, name=name: taps.update({name: y.clone()}))
    y = net(x)
    seen = {k: {"shape": list(v.shape), "norm": float(v.double().norm()), "first": v[0, 0, 0, :8].tolist()}
            for k, v in taps.items()}
    flipped, y64 = net(x.flip(3)), net.double()(x.double())
    error = float((y.double() - y64).norm() / y64.norm())
    write_json("mobilefacenet.json", {
        "made_by": "spec/golden/mobilefacenet.py", "versions": {"torch": torch.__version__},
        "parameters": sum(p.numel() for p in net.parameters()), "pixels_sha256": sha256(u8),
        "input_sha256": sha256(x.numpy()), "output": y.tolist(), "flipped": flipped.tolist(),
        "float32_relative_error": error, "taps": seen})
    print(error, y[0, :4], {k: v["shape"] for k, v in seen.items()})


if __name__ == "__main__":
    main()
