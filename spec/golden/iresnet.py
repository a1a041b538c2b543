"""IResNet-50 and -100 of ArcFace with seeded weights: iresnet.json.

Environment: torch
Made by PyTorch 1.12.1 (requirements-torch.txt), the network written here from Duta et al. 2020 and the names of
insightface's arcface_torch checkpoints. Run: python spec/golden/iresnet.py.

Weights: common.seed_torch, seed 50 or 100, gain 2 (with 6 the sums of blocks grow until no bias counts). Input: the picture [x*255 // 111, y*255 // 111, (x+y)*255 // 222], no person in
it; (x - 127.5) / 127.5.
JSON: networks.rN: weights [[name, shape]] in the order of the stream; layers [[module, norm, p1 .. p4]] (common.digest) in
the order of the forward pass: of r50 every layer with parameters and every block, of r100 the blocks and what follows;
output: the 512 numbers; float64: relative error of float32.
"""
import numpy as np
import torch
from torch import nn

from common import digest, rng, seed_torch, write_json

DEPTHS = {"r50": (3, 4, 14, 3), "r100": (3, 13, 30, 3)}
WIDTHS = (64, 128, 256, 512)


def conv(inp, out, kernel, stride=1):
    return nn.Conv2d(inp, out, kernel, stride, kernel // 2, bias=False)


class Block(nn.Module):
    def __init__(self, inp, out, stride, project):
        super().__init__()
        self.bn1, self.conv1, self.bn2 = nn.BatchNorm2d(inp), conv(inp, out, 3), nn.BatchNorm2d(out)
        self.prelu, self.conv2, self.bn3 = nn.PReLU(out), conv(out, out, 3, stride), nn.BatchNorm2d(out)
        self.downsample = nn.Sequential(conv(inp, out, 1, stride), nn.BatchNorm2d(out)) if project else None

    def forward(self, x):
        y = self.prelu(self.bn2(self.conv1(self.bn1(x))))
        return self.bn3(self.conv2(y)) + (self.downsample(x) if self.downsample else x)


class IResNet(nn.Module):
    def __init__(self, depth):
        super().__init__()
        self.conv1, self.bn1, self.prelu = conv(3, 64, 3), nn.BatchNorm2d(64), nn.PReLU(64)
        width = 64
        for stage, (blocks, out) in enumerate(zip(DEPTHS[depth], WIDTHS), 1):
            layers = []
            for i in range(blocks):
                layers.append(Block(width, out, 1 if i else 2, i == 0))
                width = out
            self.add_module("layer%d" % stage, nn.Sequential(*layers))
        self.bn2, self.fc, self.features = nn.BatchNorm2d(512), nn.Linear(512 * 7 * 7, 512), nn.BatchNorm1d(512)

    def forward(self, x):
        x = self.prelu(self.bn1(self.conv1(x)))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.features(self.fc(self.bn2(x).flatten(1)))


def picture():
    y, x = np.mgrid[:112, :112]
    planes = np.stack([x * 255 // 111, y * 255 // 111, (x + y) * 255 // 222]).astype(np.float32)
    return (torch.from_numpy(planes)[None] - 127.5) / 127.5


def shown(depth, name, module):
    if isinstance(module, Block) or name in ("bn2", "fc", "features"):
        return True
    return depth == "r50" and not isinstance(module, (nn.Sequential, IResNet))


@torch.no_grad()
def network(depth):
    net = IResNet(depth).eval()
    weights, layers, x = seed_torch(net, rng(int(depth[1:])), 2), [], picture()
    hooks = [m.register_forward_hook(lambda m, i, y, name=name: layers.append([name] + digest(y.numpy())))
             for name, m in net.named_modules() if shown(depth, name, m)]
    y = net(x)
    for hook in hooks:
        hook.remove()
    exact = net.double()(x.double())
    error = float((y.double() - exact).norm() / exact.norm())
    print(depth, error, len(layers), float(y.norm()))
    return {"weights": weights, "layers": layers, "output": y[0].tolist(), "float64": error}


if __name__ == "__main__":
    write_json("iresnet.json", {"made_by": "spec/golden/iresnet.py", "versions": {"torch": torch.__version__},
                                "networks": {depth: network(depth) for depth in DEPTHS}})
