"""Golden for experiment 1, as florastack/ReproducingVGGFace2-TensorFlow does it, with seeded weights:
experiment1.json, experiment1_{resnet50,senet50}.npz.

Made by TensorFlow 2.15.1 with Keras 2.15, Pillow 10.4, numpy 1.26, scipy 1.17 (requirements-keras.txt).
Run: python spec/golden/experiment1.py; photos from $VISAGE_DATA or ../shared/data.

Photos: the 32 of vggface2/samples/loose. Box: their row of loose_bb_test.csv; X, Y, W, H each max(0, .), crop
img[y:y+h, x:x+w], Pillow resize to 224x224, float32, RGB -> BGR, minus MEAN (float32 arithmetic).
Weights: one PCG64 stream per network through model.layers in order, each layer's weights in Keras order, arrays in
C order and Keras layout (HWIO), float64 then cast to float32:
  kernel (u * 2 - 1) * sqrt(6 / fan_in), conv bias (u * 2 - 1) * 0.1, gamma 0.5 + u, beta (u * 2 - 1) * 0.5.
moving_mean and moving_variance take nothing from the stream: they are the batch statistics of the 32 network inputs,
rounded to 8 mantissa bits (small to store, exact to read), in the npz under the weight's name. Random weights with
default statistics would hide mistakes: any two face photos then have cosines of 0.986 to 0.999. No embedding of a photo
is stored: hashes, norms, similarities.

JSON keys: photos[] {file, box, decoded, crop, resized, input: sha256}; decoded, crop and resized are H,W,C u8 RGB;
input is C,H,W f32 little endian BGR. crop_cases[]: boxes that hang over an edge. subjects: files and templates (the
sorted files dealt into four consecutive groups). networks.NAME: seed, weights [[name, shape]] in the order of the
stream, checks (f64 sums), synthetic (a gradient in, taps and output), norms, similarity and
mean for both pairings, controls, float64.
"""
import csv
import glob
import os
import sys

import numpy as np
import PIL
import scipy
from PIL import Image
from scipy.spatial.distance import cosine

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
import tensorflow as tf

from common import DATA, rng, save_npz, sha256, write_json
from keras_models import resnet50

MEAN = (91.4953, 103.8827, 131.0912)  # B, G, R; preprocess version 2
SEEDS = {"resnet50": 2018, "senet50": 2019}
TEMPLATES = ("young1", "young2", "mature1", "mature2")
PAIRINGS = {
    "reproduction": [["young1", "young2"], ["young1", "mature1"], ["mature2", "young2"], ["mature1", "mature2"]],
    "paper": [["young1", "young2"], ["young1", "mature2"], ["mature1", "young2"], ["mature1", "mature2"]],
}
TAPS = ("conv1/7x7_s2", "conv1/7x7_s2/bn", "conv2_1_1x1_reduce", "conv2_1_1x1_reduce/bn", "conv2_1_1x1_proj/bn",
        "conv3_1_3x3", "conv3_4_1x1_increase/bn", "conv4_1_1x1_proj", "conv5_1_1x1_reduce",
        "conv5_3_1x1_increase/bn", "avg_pool")
SE_TAPS = ("conv2_1_1x1_down", "conv2_1_1x1_up", "conv5_3_1x1_up")


def crop_of(image, box):
    x, y, w, h = (max(0, v) for v in box)
    return image[y:y + h, x:x + w]


def resized(crop, filter=Image.BICUBIC):
    return np.asarray(Image.fromarray(crop).resize((224, 224), filter))


def preprocess(image, bgr=True):
    x = image.astype(np.float32)
    x = np.ascontiguousarray(x[..., ::-1]) if bgr else x.copy()
    for c in range(3):
        x[..., c] -= MEAN[c]
    return x


def rounded(x):
    """Nearest float32 with 8 mantissa bits."""
    bits = np.asarray(x, np.float32).view(np.uint32)
    return ((bits + (1 << 14)) & ~np.uint32((1 << 15) - 1)).astype(np.uint32).view(np.float32)


def draw(stream, name, shape):
    u = stream.random(shape)
    kind = name.rsplit("/", 1)[1]
    if kind == "kernel:0":
        return (u * 2 - 1) * np.sqrt(6 / np.prod(shape[:-1]))
    return {"bias:0": (u * 2 - 1) * 0.1, "gamma:0": 0.5 + u, "beta:0": (u * 2 - 1) * 0.5}[kind]


def seeded(model, seed):
    stream = rng(seed)
    for layer in model.layers:
        for v in layer.weights:
            if "moving_" not in v.name:
                v.assign(draw(stream, v.name, tuple(v.shape)).astype(np.float32))


def calibrate(model, x):
    """Momentum 0: one training pass leaves each layer's batch statistics in its moving ones."""
    model(x, training=True)
    moving = {v.name: v for v in model.weights if "moving_" in v.name}
    for v in moving.values():
        v.assign(rounded(v.numpy()))
    return {name: v.numpy() for name, v in moving.items()}


def embed(model, x):
    return np.concatenate([model(x[i:i + 8], training=False).numpy() for i in range(0, len(x), 8)])


def matrices(embeddings, subjects, index):
    out = {}
    for pairing, cells in PAIRINGS.items():
        per = {}
        for s, d in subjects.items():
            pooled = {t: embeddings[[index[f] for f in files]].mean(axis=0) for t, files in d["templates"].items()}
            per[s] = [float(1 - cosine(pooled[a].astype(np.float64), pooled[b].astype(np.float64))) for a, b in cells]
        out[pairing] = {"subjects": per, "mean": np.mean(list(per.values()), axis=0).tolist()}
    return out


def synthetic(model, squeeze):
    """A picture without a person, to find the first layer that differs. (Noise is too far from the calibration: it
    makes SE-ResNet-50 enlarge the rounding of float32 to 2e-3.)"""
    v, u = np.mgrid[:224, :224]
    picture = np.stack([u * 255 // 223, v * 255 // 223, (u + v) * 255 // 446], 2).astype(np.uint8)
    x = preprocess(picture)[None]
    names = TAPS + (SE_TAPS if squeeze else ())
    probe = keras.Model(model.input, [model.get_layer(n).output for n in names] + [model.output])
    *taps, y = [np.asarray(t) for t in probe(x, training=False)]
    return {
        "pixels": "[x*255 // 223, y*255 // 223, (x+y)*255 // 446], preprocessed as a photo",
        "input_sha256": sha256(x.transpose(0, 3, 1, 2)),
        "taps": {n: {"shape_nchw": [t.shape[0], t.shape[3], t.shape[1], t.shape[2]],
                     "norm": float(np.linalg.norm(t.astype(np.float64))),
                     "first_pixel": [float(v) for v in t[0, 0, 0, :8]],
                     "last_pixel": [float(v) for v in t[0, -1, -1, :8]]} for n, t in zip(names, taps)},
        "output_norm": float(np.linalg.norm(y.astype(np.float64))),
        "output_first": [float(v) for v in y[0, :64]],
    }


def float64_run(squeeze, weights, x):
    """The same network in double precision: how far float32 itself is from the truth."""
    keras.backend.set_floatx("float64")
    model = resnet50(squeeze)
    for v, w in zip(model.weights, weights):
        v.assign(w.astype(np.float64))
    y = embed(model, x.astype(np.float64))
    keras.backend.set_floatx("float32")
    return y


def main():
    rows = csv.reader(open(os.path.join(DATA, "vggface2/meta/loose_bb_test.csv")))
    boxes = {r[0]: [int(v) for v in r[1:]] for r in rows if r[0] != "NAME_ID"}
    root = os.path.join(DATA, "vggface2/samples/loose")
    files = sorted(os.path.relpath(f, root).replace(os.sep, "/") for f in glob.glob(root + "/*/*.jpg"))
    index = {f: i for i, f in enumerate(files)}
    subjects = {}
    for s in sorted({f.split("/")[0] for f in files}):
        mine = [f for f in files if f.startswith(s)]
        subjects[s] = {"files": mine,
                       "templates": dict(zip(TEMPLATES, ([str(f) for f in g] for g in np.array_split(mine, 4))))}

    photos, crops = [], []
    for f in files:
        image = np.asarray(Image.open(os.path.join(root, f)).convert("RGB"))
        crop = crop_of(image, boxes[f[:-4]])
        small = resized(crop)
        crops.append(crop)
        photos.append({"file": f, "box": boxes[f[:-4]], "size": [image.shape[1], image.shape[0]],
                       "decoded": sha256(image), "crop": sha256(crop), "resized": sha256(small),
                       "input": sha256(preprocess(small).transpose(2, 0, 1))})
    image = np.asarray(Image.open(os.path.join(root, files[2])).convert("RGB"))
    h, w = image.shape[:2]
    cases = []
    for box in ([-22, -66, 200, 150], [w - 60, 40, 100, 90], [30, h - 50, 80, 120], [-5, h - 20, 70, 60], [0, 0, w, h]):
        c = crop_of(image, box)
        cases.append({"file": files[2], "box": box, "crop_size": [c.shape[1], c.shape[0]], "crop": sha256(c),
                      "resized": sha256(resized(c))})

    x = np.stack([preprocess(resized(c)) for c in crops])
    wrong = {"nearest": np.stack([preprocess(resized(c, Image.NEAREST)) for c in crops]),
             "bilinear": np.stack([preprocess(resized(c, Image.BILINEAR)) for c in crops]),
             "rgb": np.stack([preprocess(resized(c), bgr=False) for c in crops])}
    networks = {}
    for name, seed in SEEDS.items():
        squeeze = name == "senet50"
        model = resnet50(squeeze, momentum=0.0)
        seeded(model, seed)
        moving = calibrate(model, x)
        save_npz("experiment1_%s.npz" % name, moving)
        weights = [v.numpy() for v in model.weights]
        names = [v.name for layer in model.layers for v in layer.weights]
        y = embed(model, x)
        golden = matrices(y, subjects, index)
        y64 = float64_run(squeeze, weights, x)
        m64 = matrices(y64, subjects, index)
        means = {k: np.array(v["mean"]) for k, v in golden.items()}
        controls = {k: matrices(embed(model, v), subjects, index)["reproduction"]["mean"] for k, v in wrong.items()}
        controls["paper_pairing"] = golden["paper"]["mean"]
        diff = {k: float(np.abs(means["reproduction"] - v).max()) for k, v in controls.items()}
        by_name = {v.name: v for v in model.weights}
        pick = [n for i, n in enumerate(names) if i in (0, 1, 2, 5, len(names) // 2) or "conv2_1_1x1_up/" in n
                or "conv5_3_1x1_increase" in n]
        cosines = [1 - cosine(y[i].astype(float), y[j].astype(float)) for i in range(len(y)) for j in range(i)]
        networks[name] = {
            "seed": seed, "parameters": int(model.count_params()),
            "weights": [[n, list(by_name[n].shape)] for n in names],
            "checks": {n: float(by_name[n].numpy().astype(np.float64).sum()) for n in pick},
            "first_kernel_values": [float(v) for v in by_name["conv1/7x7_s2/kernel:0"].numpy().ravel()[:8]],
            "synthetic": synthetic(model, squeeze),
            "norms": {f: float(np.linalg.norm(v.astype(np.float64))) for f, v in zip(files, y)},
            "cosine_between_photos": {"min": min(cosines), "mean": float(np.mean(cosines)), "max": max(cosines)},
            "similarity": golden,
            "controls": {"mean": controls, "max_difference": diff},
            "float64": {"mean": {k: v["mean"] for k, v in m64.items()},
                        "max_difference_of_float32": float(max(
                            np.abs(np.array(golden[p]["subjects"][s]) - np.array(m64[p]["subjects"][s])).max()
                            for p in PAIRINGS for s in subjects)),
                        "embedding_relative_error": float(np.linalg.norm(y - y64) / np.linalg.norm(y64))},
        }
        print(name, golden["reproduction"]["mean"], diff, networks[name]["float64"]["max_difference_of_float32"])

    write_json("experiment1.json", {
        "made_by": "spec/golden/experiment1.py",
        "versions": {"python": sys.version.split()[0], "tensorflow": tf.__version__, "keras": keras.__version__,
                     "numpy": np.__version__, "scipy": scipy.__version__, "pillow": PIL.__version__},
        "recipe": {"crop": "reproduction_csv", "resize": "pillow bicubic 224x224", "preprocess": 2, "mean_bgr": MEAN,
                   "pooling": "plain mean of raw embeddings", "similarity": "1 - scipy cosine, float64"},
        "pairings": PAIRINGS, "photos": photos, "crop_cases": cases, "subjects": subjects, "networks": networks})


if __name__ == "__main__":
    main()
