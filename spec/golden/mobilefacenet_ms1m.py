"""MobileFaceNet of foamliu/MobileFaceNet with its real weights on real photos: mobilefacenet_ms1m.json.

Environment: torch
Made by PyTorch 1.12.1, Pillow 10.4, numpy 1.26 (requirements-torch.txt), the network written from Chen et al. 2018 and the
names in the checkpoint, which is loaded strictly. Run: python spec/golden/mobilefacenet_ms1m.py; photos and weights from
../shared or beside $VISAGE_DATA.

Input: the first photo of each of the first four people of lfw10, rows and columns 69 to 180; then x / 255, minus MEAN,
over STD in float32. No embedding of a photo is stored: hashes and digests.
JSON: photos [[file, sha256 of the crop]]; layers [[module, norm, p1 .. p4]] (common.digest) of the four as a batch, in the
order of the forward pass; output and flipped: the same of the features, and of those of the photos mirrored in x;
controls: the output's digest with one rule of the input broken; float64: relative error of float32.
"""
import glob
import os

import numpy as np
import torch
from PIL import Image
from torch import nn

from common import DATA, WEIGHTS, digest, sha256, write_json

BOTTLENECKS = ((2, 64, 5, 2), (4, 128, 1, 2), (2, 128, 6, 1), (4, 128, 1, 2), (2, 128, 2, 1))
MEAN, STD = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)


def conv(inp, out, kernel, stride=1, pad=0, groups=1, bias=False):
    return nn.Conv2d(inp, out, kernel, stride, pad, groups=groups, bias=bias)


def unit(*args, **options):
    return nn.Sequential(conv(*args, **options), nn.BatchNorm2d(args[1]), nn.ReLU6())


class Depthwise(nn.Module):
    def __init__(self):
        super().__init__()
        self.depthwise, self.pointwise = conv(64, 64, 3, pad=1, groups=64), conv(64, 64, 1)
        self.bn1, self.bn2 = nn.BatchNorm2d(64), nn.BatchNorm2d(64)

    def forward(self, x):
        return self.bn2(self.pointwise(self.bn1(self.depthwise(x)).relu())).relu()


class Global(nn.Module):
    def __init__(self):
        super().__init__()
        self.depthwise, self.bn = conv(512, 512, 7, groups=512), nn.BatchNorm2d(512)

    def forward(self, x):
        return self.bn(self.depthwise(x))


class Bottleneck(nn.Module):
    def __init__(self, inp, out, stride, expand):
        super().__init__()
        wide = inp * expand
        self.residual = stride == 1 and inp == out
        self.conv = nn.Sequential(unit(inp, wide, 1), unit(wide, wide, 3, stride=stride, pad=1, groups=wide),
                                  conv(wide, out, 1), nn.BatchNorm2d(out))

    def forward(self, x):
        return x + self.conv(x) if self.residual else self.conv(x)


class MobileFaceNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1, self.dw_conv = unit(3, 64, 3, stride=2, pad=1), Depthwise()
        blocks, width = [], 64
        for expand, out, count, stride in BOTTLENECKS:
            for i in range(count):
                blocks.append(Bottleneck(width, out, stride if i == 0 else 1, expand))
                width = out
        self.features = nn.Sequential(*blocks)
        self.conv2, self.gdconv = unit(128, 512, 1), Global()
        self.conv3, self.bn = conv(512, 128, 1, bias=True), nn.BatchNorm2d(128)

    def forward(self, x):
        x = self.conv2(self.features(self.dw_conv(self.conv1(x))))
        return self.bn(self.conv3(self.gdconv(x))).flatten(1)


def photos():
    root = os.path.join(DATA, "lfw10")
    people = sorted(os.listdir(root))[:4]
    files = [sorted(glob.glob(os.path.join(root, p, "*.jpg")))[0] for p in people]
    crops = [np.asarray(Image.open(f).convert("RGB"))[69:181, 69:181] for f in files]
    return [os.path.relpath(f, root) for f in files], np.stack(crops)


def prepared(crops, mean=MEAN, std=STD):
    x = torch.from_numpy(crops.transpose(0, 3, 1, 2).astype(np.float32)) / 255
    return (x - torch.tensor(mean).reshape(3, 1, 1)) / torch.tensor(std).reshape(3, 1, 1)


@torch.no_grad()
def main():
    net = MobileFaceNet()
    net.load_state_dict(torch.load(os.path.join(WEIGHTS, "mobilefacenet", "mobilefacenet.pt"), map_location="cpu"))
    net.eval()
    files, crops = photos()
    x, layers = prepared(crops), []
    hooks = [m.register_forward_hook(lambda m, i, y, name=name: layers.append([name] + digest(y.numpy())))
             for name, m in net.named_modules() if isinstance(m, (nn.Conv2d, nn.BatchNorm2d))]
    y = net(x)
    for hook in hooks:
        hook.remove()
    controls = {"bgr": net(prepared(crops[..., ::-1].copy())), "range": net(prepared(crops, (0.5,) * 3, (0.5,) * 3))}
    flipped, exact = net(x.flip(3)), net.double()(x.double())
    write_json("mobilefacenet_ms1m.json", {
        "made_by": "spec/golden/mobilefacenet_ms1m.py", "versions": {"torch": torch.__version__},
        "photos": [[f, sha256(c)] for f, c in zip(files, crops)], "layers": layers, "output": digest(y.numpy()),
        "flipped": digest(flipped.numpy()), "controls": {k: digest(v.numpy()) for k, v in controls.items()},
        "float64": float((y.double() - exact).norm() / exact.norm())})
    print(float((y.double() - exact).norm() / exact.norm()), len(layers),
          {k: float((v - y).norm() / y.norm()) for k, v in controls.items()})


if __name__ == "__main__":
    main()
