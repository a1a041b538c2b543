"""What PyTorch computes, module by module: `torch_layers.py NETWORK SEED FOLDER`, for spec/parity/run.lua.

Environment: torch (requirements-torch.txt)
NETWORK is a key of NETWORKS: modules of spec/golden with real weights, or seeded ones with the statistics of the photos.
Writes to FOLDER weights.pt by torch.save and what keras_layers.py describes; layers.npz has a module's output under its
path, which is the node's name in visage, for modules that run once and hold no others.
"""
import json
import os
import sys

import numpy as np
import torch
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
from common import WEIGHTS
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


def mobilefacenet(seed):
    from mobilefacenet import MobileFaceNet
    net = MobileFaceNet()
    state = torch.load(os.path.join(WEIGHTS, "mobilefacenet", "068.ckpt"), map_location="cpu")["net_state_dict"]
    net.load_state_dict(state, strict=True)
    return net, photos(96, 112, 127.5, 1 / 128)


def retinaface(seed):
    from retinaface import network
    return network(), photos(160, 224, (104, 117, 123), 1, bgr=True)


NETWORKS = {"mobilefacenet": mobilefacenet, "retinaface": retinaface}


def layers_of(net, x):
    """Path -> output of each module without children that is called once."""
    calls, values = {}, {}

    def hook(path):
        def seen(module, given, output):
            calls[path] = calls.get(path, 0) + 1
            values[path] = output.numpy().copy()
        return seen

    handles = [m.register_forward_hook(hook(p)) for p, m in net.named_modules() if not list(m.children())]
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
    y = net(x)
    y = (y[0] if isinstance(y, (list, tuple)) else y).flatten(1)
    np.save(os.path.join(folder, "inputs.npy"), x.numpy())
    np.save(os.path.join(folder, "embeddings.npy"), y.numpy())
    json.dump({"people": [person for _, _, person in faces()], "framework": "PyTorch " + torch.__version__},
              open(os.path.join(folder, "people.json"), "w"))


if __name__ == "__main__":
    main()
