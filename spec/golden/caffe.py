"""Caffe nets as OpenCV runs them: caffe.json, caffe.npz, and the nets in caffe/.

Environment: caffe
Made by OpenCV 4.10's dnn module, which reads Caffe's files, with protobuf 5.29 and numpy 1.26 (requirements-caffe.txt).
Run: python spec/golden/caffe.py; photos and the weights of MTCNN from $VISAGE_DATA or ../shared.

caffe/NAME.prototxt, .caffemodel: small nets of caffe_nets.py: `first` (V1 layers; its blobs are doubles), `second` (V2),
  `squeezed` (SE blocks through Axpy); senet50.prototxt has the layout of the published SE-ResNet-50 and no weights.
caffe.npz: NAME/input and NAME/LAYER, the output of layers of the small nets (of `squeezed` without those that later ones
  in the same place replace); mtcnn/PART/INDEX/TOP.
caffe.json: mtcnn.PART[] {photo, box (x, y, w, h) or noise (seed)[, pixels: sha256]}: a crop without resizing, RGB,
  (x - 127.5) / 128, N,C,H,W; senet50: seed, blobs [[layer, type, shape]] in the order of the stream (see caffe_nets.py
  for how each is drawn), their f64 sums, the input's seed, and of layers shape, norm and first and last values;
  feature: its first 64 values; controls: how far they move with Keras's eps.
OpenCV has no Axpy and no training phase, so it gets the same sum as a Scale and an Eltwise, which is checked against
numpy, none of the layers of that phase, and a transposed InnerProduct the other way round (caffe_proto.deployed).
"""
import os

import cv2
import numpy as np

import caffe_nets as nets
from caffe_proto import deployed, doubled, text_of
from common import DATA, HERE, WEIGHTS, pixels, rng, save_npz, sha256, write_json

SMALL = {"first": nets.first_generation(), "second": nets.second_generation(), "squeezed": nets.squeezed(axpy=False)}
# What the form without Axpy adds, and what is stored twice.
SKIPPED = {"squeezed": ("_flat", "_scaled", "/bn", "_reduce", "_3x3", "7x7_s2", "_proj", "_increase", "_up", "_down", "3x3/bn/scale")}
PARTS = {"pnet": ("det1", (36, 28)), "rnet": ("det2", (24, 24)), "onet": ("det3", (48, 48))}
# Top left corners: of a face, beside it, and of another photo.
PLACES = [("ivan.jpg", 277, 99), ("ivan.jpg", 120, 200), ("multiface.jpg", 60, 40)]


def opencv(prototxt, caffemodel):
    """The net of two files' bytes, without the rearranged arithmetic that makes OpenCV fast."""
    net = cv2.dnn.readNetFromCaffe(bytearray(prototxt), bytearray(caffemodel))
    net.enableFusion(False)
    net.enableWinograd(False)
    return net


def made(net):
    return opencv(text_of(net).encode(), net.SerializeToString())


def run(net, x):
    """Every layer's output by its name, of a net that is made."""
    net.setInput(x)
    names = list(net.getLayerNames())
    return dict(zip(names, net.forward(names)))


def noise(seed, shape):
    return (rng(seed).random(shape) * 2 - 1).astype(np.float32)


def shape_of(net):
    if net.input_dim:
        return tuple(net.input_dim)
    return tuple((net.input_shape or net.layer[0].input_param.shape)[0].dim)


def check_axpy(taps):
    """conv2_2 has its shortcut from conv2_1/relu."""
    a, x, y = taps["conv2_2_prob"], taps["conv2_2_1x1_increase/bn/scale"], taps["conv2_1/relu"]
    assert np.abs(a * x + y - taps["conv2_2"]).max() < 1e-6


def write_net(name, net, binary=None):
    folder = os.path.join(HERE, "caffe")
    os.makedirs(folder, exist_ok=True)
    with open(os.path.join(folder, name + ".prototxt"), "w") as f:
        f.write(text_of(net))
    if binary:
        with open(os.path.join(folder, name + ".caffemodel"), "wb") as f:
            f.write(binary.SerializeToString(deterministic=True))


def small(arrays):
    for seed, (name, net) in enumerate(SMALL.items(), 60):
        x = noise(seed, (1 if name == "squeezed" else 2,) + shape_of(net)[1:])
        taps = run(made(deployed(net)), x)
        if name == "squeezed":
            check_axpy(taps)
            net = nets.squeezed()
        write_net(name, net, doubled(net) if name == "first" else net)
        arrays[name + "/input"] = x
        for layer, y in taps.items():
            if not layer.endswith(SKIPPED.get(name, ())):
                arrays["%s/%s" % (name, layer)] = y


def crop(photo, x, y, size):
    image = cv2.cvtColor(cv2.imread(os.path.join(DATA, "photos", photo)), cv2.COLOR_BGR2RGB)
    return np.ascontiguousarray(image[y:y + size[0], x:x + size[1]])


def mtcnn(arrays):
    found = {}
    for part, (file, size) in PARTS.items():
        path = os.path.join(WEIGHTS, "mtcnn", file)
        net = opencv(*(open(path + end, "rb").read() for end in (".prototxt", ".caffemodel")))
        cases = [dict(photo=p, box=[x, y, size[1], size[0]]) for p, x, y in PLACES] + [dict(noise=61)]
        for i, case in enumerate(cases):
            image = crop(case["photo"], *case["box"][:2], size) if "photo" in case else pixels(61, size + (3,))
            case["pixels"] = sha256(image)
            net.setInput(((image.astype(np.float32) - 127.5) / 128).transpose(2, 0, 1)[None])
            tops = net.getUnconnectedOutLayersNames()
            for top, y in zip(tops, net.forward(tops)):
                arrays["mtcnn/%s/%d/%s" % (part, i, top)] = y
        found[part] = cases
    return found


def blobs_of(net):
    for layer in net.layer:
        for i, blob in enumerate(layer.blobs):
            yield "%s.%d" % (layer.name, i + 1), layer.type, list(blob.shape.dim), blob.data


def relative(a, b):
    return float(np.linalg.norm(a.astype(float) - b) / np.linalg.norm(b.astype(float)))


def senet50():
    net = nets.senet50(axpy=False)
    write_net("senet50", nets.senet50())
    x = noise(65, (1, 3, 224, 224))
    taps = run(made(net), x)
    check_axpy(taps)
    feature = taps["pool5/7x7_s1"].ravel()[:64]
    wrong = nets.senet50(axpy=False)
    for layer in wrong.layer:
        if layer.type == "BatchNorm":
            layer.batch_norm_param.eps = 1e-3
    kept = {layer.name for layer in net.layer
            if layer.type in ("Convolution", "Eltwise", "Pooling", "InnerProduct") or layer.name.endswith("2_1_1x1_reduce/bn")}
    blobs = list(blobs_of(net))
    return {
        "seed": 50, "input_seed": 65,
        "blobs": [[name, kind, shape] for name, kind, shape, _ in blobs],
        "sums": {name: float(np.sum(np.asarray(data, np.float64))) for name, _, _, data in blobs[::40]},
        "taps": {name: {"shape": list(y.shape), "norm": float(np.linalg.norm(y.astype(float))),
                        "first": y.ravel()[:4].tolist(), "last": y.ravel()[-4:].tolist()}
                 for name, y in taps.items() if name in kept},
        "feature": feature.tolist(),
        "controls": {"eps": relative(run(made(wrong), x)["pool5/7x7_s1"].ravel()[:64], feature)}}


def main():
    arrays = {}
    small(arrays)
    found = mtcnn(arrays)
    save_npz("caffe.npz", arrays)
    big = senet50()
    print(big["controls"], {k: v.ravel()[:4] for k, v in arrays.items() if k.endswith("prob1")})
    write_json("caffe.json", {
        "made_by": "spec/golden/caffe.py", "versions": {"opencv": cv2.__version__, "numpy": np.__version__},
        "mtcnn": found, "senet50": big})


if __name__ == "__main__":
    main()
