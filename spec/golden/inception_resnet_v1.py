"""facenet-pytorch's InceptionResnetV1 with seeded weights: inception_resnet_v1.json.

Environment: facenet
Made by facenet-pytorch 2.6.0 on PyTorch 1.12.1 (requirements-facenet.txt). Run: python spec/golden/inception_resnet_v1.py.

Weights: common.seed_torch, seed 160. Input: the picture [x*255 // 159, y*255 // 159, (x+y)*255 // 318], no person in it;
(x - 127.5) / 128.
JSON: weights [[name, shape]] in the order of the stream; layers [[module, norm, p1 .. p4]] (common.digest) of every
convolution with its batch norm and ReLU, every block and the two last layers, in the order of the forward pass; output: the
512 numbers; probabilities: softmax of 10 logits, their layer drawn after the others; float64: relative error of float32.
"""
import numpy as np
import torch
from facenet_pytorch import InceptionResnetV1
from facenet_pytorch.models import inception_resnet_v1 as published

from common import digest, rng, seed_torch, write_json

SHOWN = (published.BasicConv2d, published.Block35, published.Block17, published.Block8, published.Mixed_6a,
         published.Mixed_7a, torch.nn.Linear, torch.nn.BatchNorm1d)


def picture():
    y, x = np.mgrid[:160, :160]
    planes = np.stack([x * 255 // 159, y * 255 // 159, (x + y) * 255 // 318]).astype(np.float32)
    return (torch.from_numpy(planes)[None] - 127.5) / 128


@torch.no_grad()
def main():
    net = InceptionResnetV1(classify=True, num_classes=10).eval()
    weights = seed_torch(net, rng(160))
    layers, x = [], picture()
    hooks = [m.register_forward_hook(lambda m, i, y, name=name: layers.append([name] + digest(y.numpy())))
             for name, m in net.named_modules() if isinstance(m, SHOWN) and name != "logits"]
    probabilities = net(x).softmax(1)
    for hook in hooks:
        hook.remove()
    net.classify = False
    y, exact = net(x), net.double()(x.double())
    write_json("inception_resnet_v1.json", {
        "made_by": "spec/golden/inception_resnet_v1.py", "versions": {"torch": torch.__version__, "facenet-pytorch": "2.6.0"},
        "weights": weights, "layers": layers, "output": y[0].tolist(), "probabilities": probabilities[0].tolist(),
        "float64": float((y.double() - exact).norm() / exact.norm())})
    print(float((y.double() - exact).norm() / exact.norm()), len(layers), layers[0], layers[-1], y[0, :4])


if __name__ == "__main__":
    main()
