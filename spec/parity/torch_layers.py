"""What PyTorch computes, module by module: `torch_layers.py NETWORK SEED FOLDER`, for spec/parity/run.lua.

Environment: torch (requirements-torch.txt); inception_resnet_v1, pnet, rnet and onet: facenet
NETWORK is a key of NETWORKS: modules of spec/golden or facenet-pytorch with real weights, or seeded ones with the
statistics of the photos. Writes to FOLDER weights.pt by torch.save and what keras_layers.py describes; layers.npz has the
outputs of modules that run once, layers and blocks, under their paths, which are the nodes' names in visage.
"""
import json
import os
import sys
from functools import partial

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
from common import WEIGHTS, rng, seed_torch
from faces import cut, faces

SHOWN = 2  # photos whose layers are written


def photos(width, height, mean, scale, bgr=False):
    """(32, 3, height, width): the published boxes, Pillow's bilinear resize, (x - mean) * scale."""
    rows = []
    for path, box, _ in faces():
        face = Image.fromarray(cut(np.asarray(Image.open(path).convert("RGB")), box))
        x = np.asarray(face.resize((width, height), Image.BILINEAR)).astype(np.float32)
        rows.append(((x[..., ::-1] if bgr else x) - np.float32(mean)) * np.float32(scale))
    return torch.from_numpy(np.stack(rows).transpose(0, 3, 1, 2).copy())


def in_parts(network, x):
    """The first output for all photos, (32, D), a few at a time: some networks keep every layer's."""
    rows = [network(x[i:i + 4]) for i in range(0, len(x), 4)]
    return torch.cat([(y[0] if isinstance(y, (list, tuple)) else y).flatten(1) for y in rows]).numpy()


def mobilefacenet(seed):
    from mobilefacenet import MobileFaceNet
    net = MobileFaceNet()
    state = torch.load(os.path.join(WEIGHTS, "mobilefacenet", "068.ckpt"), map_location="cpu")["net_state_dict"]
    net.load_state_dict(state, strict=True)
    return net, photos(96, 112, 127.5, 1 / 128)


def retinaface(seed):
    from retinaface import network
    return network(), photos(160, 224, (104, 117, 123), 1, bgr=True)


def mobilefacenet_ms1m(seed):
    from mobilefacenet_ms1m import MEAN, STD, MobileFaceNet
    net = MobileFaceNet()
    state = torch.load(os.path.join(WEIGHTS, "mobilefacenet", "mobilefacenet.pt"), map_location="cpu")
    net.load_state_dict(state, strict=True)
    return net, photos(112, 112, np.multiply(MEAN, 255), 1 / np.multiply(STD, 255))


def mtcnn(part, side, seed):
    from facenet_pytorch.models import mtcnn as published
    net = getattr(published, part)(pretrained=False)
    net.load_state_dict(torch.load(os.path.join(WEIGHTS, "mtcnn", part.lower() + ".pt"), map_location="cpu"), strict=True)
    return net, photos(side, side, 127.5, 1 / 128)


def measured(net, x, seed):
    """Batch norm gets the statistics of eight of the photos."""
    norms = [m for m in net.modules() if isinstance(m, torch.nn.modules.batchnorm._BatchNorm)]
    net.eval()
    for m in norms:
        m.momentum = 1
        m.train()
    net(x[seed % 4::4])
    return net, x


def inception_resnet_v1(seed):
    from facenet_pytorch import InceptionResnetV1
    net = InceptionResnetV1()
    seed_torch(net, rng(seed))
    return measured(net, photos(160, 160, 127.5, 1 / 128), seed)


def iresnet(depth, seed):
    from iresnet import IResNet
    net = IResNet(depth)
    seed_torch(net, rng(seed))
    return measured(net, photos(112, 112, 127.5, 1 / 127.5), seed)


class Oxford(torch.nn.Module):
    """vggface2_caffe's network with a 128-D head under the names of Oxford's PyTorch release, which takes RGB."""

    def __init__(self, squeeze):
        super().__init__()
        from vggface2_caffe import Net
        self.net = Net(squeeze, heads=(128,))

    def values(self, x):
        return {k.replace("feat_extract_128", "feat_extract"): v.numpy() for k, v in self.net(x).items()}

    def mistakes(self, x):
        """What the same weights give with one rule of the release broken."""
        from vggface2_caffe import CONTROLS, RIGHT, Net
        for name, broken in CONTROLS.items():
            wrong = Net(self.net.squeeze, {**RIGHT, **broken}, heads=(128,)).eval()
            wrong.load_state_dict(self.net.state_dict())
            yield name, in_parts(lambda part: wrong(part)["feat_extract_128"], x)

    def forward(self, x):
        return self.net(x)["feat_extract_128"]

    def state_dict(self, *given, **named):
        state = self.net.parts.state_dict(*given, **named)
        return {k.replace("/", "_").replace("feat_extract_128", "feat_extract"): v for k, v in state.items()}


def oxford(squeeze, seed):
    from vggface2_caffe import MEAN
    net = Oxford(squeeze)
    seed_torch(net.net, rng(seed))
    return measured(net, photos(224, 224, MEAN[::-1], 1), seed)


NETWORKS = {"mobilefacenet": mobilefacenet, "mobilefacenet_ms1m": mobilefacenet_ms1m, "retinaface": retinaface,
            "inception_resnet_v1": inception_resnet_v1, "r50": partial(iresnet, "r50"), "r100": partial(iresnet, "r100"),
            "resnet50_128": partial(oxford, False), "senet50_128": partial(oxford, True),
            "pnet": partial(mtcnn, "PNet", 48), "rnet": partial(mtcnn, "RNet", 24), "onet": partial(mtcnn, "ONet", 48)}


def layers_of(net, x):
    """Path -> output of each module that is called once and gives one tensor, unless the network tells them itself."""
    if hasattr(net, "values"):
        return net.values(x)
    calls, values = {}, {}

    def hook(path):
        def seen(module, given, output):
            calls[path] = calls.get(path, 0) + 1
            if isinstance(output, torch.Tensor):
                values[path] = output.numpy().copy()
        return seen

    handles = [m.register_forward_hook(hook(p)) for p, m in net.named_modules() if p]
    net(x)
    for handle in handles:
        handle.remove()
    return {p: v for p, v in values.items() if calls[p] == 1}


@torch.no_grad()
def main():
    name, seed, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    net, x = NETWORKS[name](seed)
    net.eval()
    torch.save(net.state_dict(), os.path.join(folder, "weights.pt"))
    shown = x[torch.arange(SHOWN) * 8 + seed % 8]
    np.savez(os.path.join(folder, "layers.npz"), data=shown.numpy(), **layers_of(net, shown))
    np.save(os.path.join(folder, "inputs.npy"), x.numpy())
    np.save(os.path.join(folder, "embeddings.npy"), in_parts(net, x))
    if hasattr(net, "mistakes"):
        np.savez(os.path.join(folder, "controls.npz"), **dict(net.mistakes(x)))
    json.dump({"people": [person for _, _, person in faces()], "framework": "PyTorch " + torch.__version__},
              open(os.path.join(folder, "people.json"), "w"))


if __name__ == "__main__":
    main()
