"""RetinaFace MobileNet-0.25 with its real weights on noise, two sizes: retinaface.json.

Environment: torch
Made by PyTorch 1.12.1, numpy 1.26 (requirements-torch.txt), the network written here from Deng et al. 2020 and the names
in the checkpoint, which is loaded strictly. Run: python spec/golden/retinaface.py; weights from ../shared/weights.

Input: floor(PCG64(seed).random((1, 3, H, W)) * 256), planes blue, green, red, each 8x8 cell its mean rounded down, minus
(104, 117, 123). Sizes that are no multiple of 32 make the pyramid's maps differ from twice the next.
JSON: cases[] {seed, size [H, W], outputs {classes, boxes, points: {shape, norm, picked: 24 evenly spaced values of the
flattened output}}, taps {name: {shape, norm, first: 6 values}}, float32_relative_error (worst, against double)}.
"""
import os

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

from common import WEIGHTS, pixels, write_json

STAGES = (((8, 2), (16, 1), (32, 2), (32, 1), (64, 2), (64, 1)),
          ((128, 2), (128, 1), (128, 1), (128, 1), (128, 1), (128, 1)),
          ((256, 2), (256, 1)))
TAPS = ("body.stage1", "body.stage2", "body.stage3", "fpn.merge1", "fpn.merge2", "ssh1", "ssh3")


def unit(inp, out, kernel=3, stride=1, groups=1, leaky=True):
    layers = [nn.Conv2d(inp, out, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(out)]
    return layers + ([nn.LeakyReLU(0.1)] if leaky else [])


class Body(nn.Module):
    def __init__(self):
        super().__init__()
        width = 3
        for s, blocks in enumerate(STAGES):
            layers = []
            for out, stride in blocks:
                layers.append(nn.Sequential(*(unit(3, out, stride=stride) if width == 3 else
                                              unit(width, width, stride=stride, groups=width) + unit(width, out, 1))))
                width = out
            self.add_module("stage%d" % (s + 1), nn.Sequential(*layers))

    def forward(self, x):
        a = self.stage1(x)
        b = self.stage2(a)
        return a, b, self.stage3(b)


class Pyramid(nn.Module):
    def __init__(self):
        super().__init__()
        for i, width in enumerate((64, 128, 256)):
            self.add_module("output%d" % (i + 1), nn.Sequential(*unit(width, 64, 1)))
        self.merge1, self.merge2 = nn.Sequential(*unit(64, 64)), nn.Sequential(*unit(64, 64))

    def forward(self, a, b, c):
        a, b, c = self.output1(a), self.output2(b), self.output3(c)
        b = self.merge2(b + F.interpolate(c, size=b.shape[2:], mode="nearest"))
        a = self.merge1(a + F.interpolate(b, size=a.shape[2:], mode="nearest"))
        return a, b, c


class Context(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv3X3 = nn.Sequential(*unit(64, 32, leaky=False))
        self.conv5X5_1 = nn.Sequential(*unit(64, 16))
        self.conv5X5_2 = nn.Sequential(*unit(16, 16, leaky=False))
        self.conv7X7_2 = nn.Sequential(*unit(16, 16))
        self.conv7x7_3 = nn.Sequential(*unit(16, 16, leaky=False))

    def forward(self, x):
        five = self.conv5X5_1(x)
        return F.relu(torch.cat([self.conv3X3(x), self.conv5X5_2(five), self.conv7x7_3(self.conv7X7_2(five))], 1))


class Head(nn.Module):
    def __init__(self, count):
        super().__init__()
        self.conv1x1 = nn.Conv2d(64, 2 * count, 1)

    def forward(self, x):
        return self.conv1x1(x).permute(0, 2, 3, 1).flatten(1)


class RetinaFace(nn.Module):
    def __init__(self):
        super().__init__()
        self.body, self.fpn = Body(), Pyramid()
        self.ssh1, self.ssh2, self.ssh3 = Context(), Context(), Context()
        for name, count in (("ClassHead", 2), ("BboxHead", 4), ("LandmarkHead", 10)):
            self.add_module(name, nn.ModuleList(Head(count) for _ in range(3)))

    def forward(self, x):
        maps = self.fpn(*self.body(x))
        maps = [ssh(m) for ssh, m in zip((self.ssh1, self.ssh2, self.ssh3), maps)]
        return [torch.cat([h(m) for h, m in zip(heads, maps)], 1)
                for heads in (self.ClassHead, self.BboxHead, self.LandmarkHead)]


def picture(seed, height, width):
    u8 = pixels(seed, (1, 3, height, width)).astype(np.float64)
    for y in range(0, height, 8):
        for x in range(0, width, 8):
            cell = u8[:, :, y:y + 8, x:x + 8]
            cell[:] = np.floor(cell.mean((2, 3), keepdims=True))
    return u8 - np.array([104, 117, 123.0]).reshape(1, 3, 1, 1)


def network():
    net = RetinaFace().eval()
    state = torch.load(os.path.join(WEIGHTS, "retinaface", "mobilenet0.25_Final.pth"), map_location="cpu")
    net.load_state_dict(state, strict=True)
    return net


def case(seed, height, width):
    net, double = network(), network().double()
    taps = {}
    for name, module in net.named_modules():
        if name in TAPS:
            module.register_forward_hook(lambda m, i, o, name=name: taps.update({name: o.detach().numpy()}))
    x = torch.from_numpy(picture(seed, height, width))
    with torch.no_grad():
        outputs = [y.numpy() for y in net(x.float())]
        exact = [y.numpy() for y in double(x)]
    worst = max(np.linalg.norm(a - b) / np.linalg.norm(b) for a, b in zip(outputs, exact))
    picked = {}
    for name, y in zip(("classes", "boxes", "points"), exact):
        flat = y.reshape(-1)
        at = np.linspace(0, flat.size - 1, 24).astype(int)
        picked[name] = {"shape": list(y.shape), "norm": float(np.linalg.norm(flat)), "picked": flat[at].tolist()}
    return {"seed": seed, "size": [height, width], "outputs": picked,
            "taps": {k: {"shape": list(v.shape), "norm": float(np.linalg.norm(v.astype(np.float64))),
                         "first": v.reshape(-1)[:6].astype(float).tolist()} for k, v in taps.items()},
            "float32_relative_error": float(worst)}


def main():
    with torch.no_grad():
        cases = [case(41, 96, 128), case(42, 150, 205)]
    write_json("retinaface.json", {"made_by": "spec/golden/retinaface.py", "versions": {"torch": torch.__version__},
                                   "cases": cases})
    for c in cases:
        print(c["size"], c["float32_relative_error"])


if __name__ == "__main__":
    main()
