"""What ONNX Runtime computes, operator by operator: `onnx_layers.py NETWORK SEED FOLDER`, for spec/parity/run.lua.

Environment: onnx (requirements-onnx.txt)
NETWORK is a key of NETWORKS: networks of spec/golden/onnx_nets.py at full width, exported by PyTorch with seeded weights and
batch-norm statistics of the photos, or the shared MobileFaceNet.onnx. Writes to FOLDER model.onnx and what keras_layers.py
describes; layers.npz has an operator's first output under the operator's name, where it is (N,C,H,W) or (N,C).
"""
import json
import os
import sys

import numpy as np
import onnx
import onnxruntime
import torch

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))
import onnx_nets
from common import WEIGHTS
from faces import faces
from onnx_models import export
from torch_layers import SHOWN, photos

# name -> network, width and height of the input, opset, options of export
NETWORKS = {
    "resnet50": (onnx_nets.resnet50, 224, 224, 13, {}),
    "mobilenet_v2": (onnx_nets.mobilenet_v2, 224, 224, 11, {"keep_bn": True}),
    "senet50": (onnx_nets.SEResNet50, 224, 224, 15, {"keep_bn": True, "convert": 21}),
    "iresnet50": (onnx_nets.IResNet50, 112, 112, 11, {"keep_bn": True}),
    "retinaface": (onnx_nets.RetinaFace, 160, 224, 11, {}),
}


def seed_norms(net, seed):
    torch.manual_seed(seed)
    for module in net.modules():
        if isinstance(module, (torch.nn.BatchNorm2d, torch.nn.BatchNorm1d)):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.uniform_(module.bias, -0.5, 0.5)
            module.momentum = 1.0
        elif isinstance(module, torch.nn.PReLU):
            torch.nn.init.uniform_(module.weight, 0, 0.5)


@torch.no_grad()
def measure(net, x):
    """Every batch norm gets the statistics of what comes to it."""
    net.eval()
    norms = [m for m in net.modules() if isinstance(m, (torch.nn.BatchNorm2d, torch.nn.BatchNorm1d))]
    for module in norms:
        module.train()
    net(x)


def exported(network, seed):
    build, width, height, opset, options = NETWORKS[network]
    torch.manual_seed(seed)
    net, x = build(), photos(width, height, 127.5, 1 / 128)
    seed_norms(net, seed)
    measure(net, x[seed % 4::4])
    return export(net, (1, 3, height, width), opset, dynamic_axes={"data": {0: "batch"}}, **options), x.numpy()


def shared():
    model = onnx.load(os.path.join(WEIGHTS, "mobilefacenet", "MobileFaceNet.onnx"))
    return model, photos(112, 112, 127.5, 1 / 128).numpy()


def run(model, x, names):
    """Those values, photo by photo, for a model may be for one alone."""
    with_all = onnx.ModelProto()
    with_all.CopyFrom(model)
    del with_all.graph.output[:]
    with_all.graph.output.extend(onnx.helper.make_empty_tensor_value_info(n) for n in names)
    session = onnxruntime.InferenceSession(with_all.SerializeToString(), providers=["CPUExecutionProvider"])
    rows = [session.run(names, {session.get_inputs()[0].name: x[i:i + 1]}) for i in range(len(x))]
    return {n: np.concatenate([row[i] for row in rows]) for i, n in enumerate(names) if rows[0][i].ndim in (2, 4)
            or len(names) == 1}


def main():
    network, seed, folder = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    model, x = shared() if network == "mobilefacenet" else exported(network, seed)
    onnx.save(model, os.path.join(folder, "model.onnx"))
    names = {n.output[0]: n.name or n.output[0] for n in model.graph.node if n.op_type != "Constant"}
    shown = x[np.arange(SHOWN) * 8 + seed % 8]
    values = run(model, shown, list(names))
    layers = {names[k]: v for k, v in values.items() if v.dtype == np.float32}
    np.savez(os.path.join(folder, "layers.npz"), **{model.graph.input[0].name: shown}, **layers)
    output = model.graph.output[0].name
    np.save(os.path.join(folder, "inputs.npy"), x)
    np.save(os.path.join(folder, "embeddings.npy"), run(model, x, [output])[output].reshape(len(x), -1))
    json.dump({"people": [person for _, _, person in faces()], "framework": "ONNX Runtime " + onnxruntime.__version__},
              open(os.path.join(folder, "people.json"), "w"))


if __name__ == "__main__":
    main()
