"""The networks that onnx_models.py exports, as torch modules. Not a golden itself.

ResNet-50 and MobileNetV2 are torchvision's own. The others are written here from their papers: SE-ResNet-50 (Hu et al.
2017, the stride on the first 1x1 convolution), IResNet-50 (Deng et al. 2019, arXiv 1801.07698), RetinaFace on
MobileNet-0.25 (see retinaface.py, which has the network; its heads here are those that decoders want: (N, anchors, 2) of
softmax, (N, anchors, 4), (N, anchors, 10)). width divides the number of channels, for small goldens.
"""
import torch
import torch.nn.functional as F
import torchvision
from torch import nn

import retinaface

STAGES = ((3, 64, 1), (4, 128, 2), (6, 256, 2), (3, 512, 2))


class Squeeze(nn.Module):
    """expand: as the first PyTorch ports wrote it, with linear layers and expand_as."""

    def __init__(self, channels, expand):
        super().__init__()
        inner = max(channels // 16, 1)
        layer = nn.Linear if expand else lambda a, b: nn.Conv2d(a, b, 1)
        self.expand, self.down, self.up = expand, layer(channels, inner), layer(inner, channels)

    def forward(self, x):
        s = F.adaptive_avg_pool2d(x, 1)
        if not self.expand:
            return x * torch.sigmoid(self.up(F.relu(self.down(s))))
        s = s.view(x.size(0), x.size(1))
        s = torch.sigmoid(self.up(F.relu(self.down(s)))).view(x.size(0), x.size(1), 1, 1)
        return x * s.expand_as(x)


class SEBlock(nn.Module):
    def __init__(self, inp, inner, stride, project, expand):
        super().__init__()
        out = 4 * inner
        self.body = nn.Sequential(
            nn.Conv2d(inp, inner, 1, stride, bias=False), nn.BatchNorm2d(inner), nn.ReLU(),
            nn.Conv2d(inner, inner, 3, 1, 1, bias=False), nn.BatchNorm2d(inner), nn.ReLU(),
            nn.Conv2d(inner, out, 1, bias=False), nn.BatchNorm2d(out))
        self.squeeze = Squeeze(out, expand)
        self.project = nn.Sequential(nn.Conv2d(inp, out, 1, stride, bias=False), nn.BatchNorm2d(out)) if project else None

    def forward(self, x):
        y = self.squeeze(self.body(x))
        return F.relu(y + (self.project(x) if self.project else x))


class SEResNet50(nn.Module):
    def __init__(self, width=1, expand=False):
        super().__init__()
        channels = 64 // width
        self.stem = nn.Sequential(nn.Conv2d(3, channels, 7, 2, 3, bias=False), nn.BatchNorm2d(channels), nn.ReLU(),
                                  nn.MaxPool2d(3, 2, 0, ceil_mode=True))
        blocks = []
        for count, inner, stride in STAGES:
            inner //= width
            for i in range(count):
                blocks.append(SEBlock(channels, inner, stride if i == 0 else 1, i == 0, expand))
                channels = 4 * inner
        self.blocks, self.classifier = nn.Sequential(*blocks), nn.Linear(channels, 11)

    def forward(self, x):
        x = F.adaptive_avg_pool2d(self.blocks(self.stem(x)), 1)
        return F.softmax(self.classifier(torch.flatten(x, 1)), dim=1)


class IBlock(nn.Module):
    def __init__(self, inp, out, stride):
        super().__init__()
        self.bn1, self.conv1 = nn.BatchNorm2d(inp, eps=1e-5), nn.Conv2d(inp, out, 3, 1, 1, bias=False)
        self.bn2, self.prelu = nn.BatchNorm2d(out, eps=1e-5), nn.PReLU(out)
        self.conv2, self.bn3 = nn.Conv2d(out, out, 3, stride, 1, bias=False), nn.BatchNorm2d(out, eps=1e-5)
        self.downsample = None
        if stride != 1 or inp != out:
            self.downsample = nn.Sequential(nn.Conv2d(inp, out, 1, stride, bias=False), nn.BatchNorm2d(out, eps=1e-5))

    def forward(self, x):
        y = self.bn3(self.conv2(self.prelu(self.bn2(self.conv1(self.bn1(x))))))
        return y + (self.downsample(x) if self.downsample else x)


class IResNet50(nn.Module):
    """size is the input's; 112 in the paper."""

    def __init__(self, width=1, size=112, features=512):
        super().__init__()
        channels = 64 // width
        self.conv1, self.bn1, self.prelu = nn.Conv2d(3, channels, 3, 1, 1, bias=False), nn.BatchNorm2d(channels), nn.PReLU(
            channels)
        blocks = []
        for count, out in ((3, 64), (4, 128), (14, 256), (3, 512)):
            for i in range(count):
                blocks.append(IBlock(channels, out // width, 2 if i == 0 else 1))
                channels = out // width
        self.layers, self.bn2 = nn.Sequential(*blocks), nn.BatchNorm2d(channels)
        self.dropout, self.fc = nn.Dropout(0.4), nn.Linear(channels * (size // 16) ** 2, features)
        self.features = nn.BatchNorm1d(features)

    def forward(self, x):
        x = self.bn2(self.layers(self.prelu(self.bn1(self.conv1(x)))))
        return self.features(self.fc(self.dropout(torch.flatten(x, 1))))


class RetinaFace(retinaface.RetinaFace):
    def forward(self, x):
        maps = [ssh(m) for ssh, m in zip((self.ssh1, self.ssh2, self.ssh3), self.fpn(*self.body(x)))]
        result = []
        for heads, count in ((self.BboxHead, 4), (self.ClassHead, 2), (self.LandmarkHead, 10)):
            parts = [h.conv1x1(m).permute(0, 2, 3, 1).contiguous() for h, m in zip(heads, maps)]
            result.append(torch.cat([p.view(p.shape[0], -1, count) for p in parts], dim=1))
        return result[0], F.softmax(result[1], dim=-1), result[2]


def resnet50():
    return torchvision.models.resnet50(weights=None)


def mobilenet_v2(width=1):
    return torchvision.models.mobilenet_v2(weights=None, width_mult=1 / width, num_classes=11)
