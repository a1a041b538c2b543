"""Environment: mtcnn1
What mtcnn 1.0.0 (ipazc's rewrite in TensorFlow) finds in every photo of the data folder: mtcnn_ipazc1.json.

Made by mtcnn 1.0.0, TensorFlow 2.21 (requirements-mtcnn1.txt), with its defaults: min_face_size 20, scale_factor 0.709,
thresholds 0.6 0.7 0.8. Run: python spec/golden/mtcnn_ipazc1.py; photos from $VISAGE_DATA or ../shared/data.

The answer for ivan.jpg that the package's documentation shows, 276,92,50,63 with score 0.9999972581863403, is that for
pixels as TensorFlow decodes them (libjpeg's fast integer DCT, here up to 4 levels off in 2/3 of the pixels); for
those of the accurate DCT, which Pillow and OpenCV use, the package answers 278,89,49,67 with score 0.99715.

The package sorts by numpy's argsort, which leaves the order of equal scores open (with AVX2 or AVX-512 it is another
than without, and from 17 boxes on none is stable), and many scores are exactly 1. Here its sort is made stable, so that
there is one answer. `unstable` has the photos where this machine's numpy makes another one of it.

JSON: photos.FILE: one row a face, see photos.py; boxes are limited to the image, not yet rounded.
rounded.FILE: for some photos what the package returns by default: per face {box x,y,w,h, score, points x,y: five}.
tensorflow.FILE: the same when TensorFlow decodes.
stages.FILE: how many boxes go into R-Net and O-Net.
unstable.FILE: the rows with numpy's own sort.
scales.W,H,MIN: build_scale_pyramid(W, H, MIN, 0.709).
weights_equal: for each tensor of weights/mtcnn/*.pt whether the package's has the same numbers.
"""
import os

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import keras
import tensorflow as tf
from mtcnn import MTCNN
from mtcnn.utils import bboxes
from mtcnn.utils.images import build_scale_pyramid
from mtcnn.utils.tensorflow import load_weights

import photos
from common import DATA, WEIGHTS
from torch_legacy import read_pt

POINTS = ("left_eye", "right_eye", "nose", "mouth_left", "mouth_right")
SOME = ["photos/ivan.jpg", "photos/multiface.jpg", "photos/no-faces.jpg", "people/test/obama_and_biden.jpg"]
# The package's order of a network's tensors, as names of the .pt file's modules.
ORDER = {"pnet": "conv1 prelu1 conv2 prelu2 conv3 prelu3 conv4_2 conv4_1",
         "rnet": "conv1 prelu1 conv2 prelu2 conv3 prelu3 dense4 prelu4 dense5_2 dense5_1",
         "onet": "conv1 prelu1 conv2 prelu2 conv3 prelu3 conv4 prelu4 dense5 prelu5 dense6_2 dense6_3 dense6_1"}


def counted(stage, name, counts):
    """The stage, noting how many boxes it hands on."""
    call = type(stage).__call__

    def run(self, *args, **options):
        out = call(self, *args, **options)
        counts[name] = len(out)
        return out
    stage.__class__ = type(name, (type(stage),), {"__call__": run})
    return stage


def returned(faces):
    return [{"box": [int(v) for v in f["box"]], "score": float(f["confidence"]),
             "points": [[int(c) for c in f["keypoints"][k]] for k in POINTS]} for f in faces]


def weights_equal():
    out = {}
    for net, order in ORDER.items():
        state = read_pt(os.path.join(WEIGHTS, "mtcnn", net + ".pt"))
        names = [n + s for n in order.split() for s in (".weight", ".bias") if n + s in state]
        for name, a in zip(names, load_weights(net + ".lz4"), strict=True):
            a = np.asarray(a)
            turned = {4: (3, 2, 0, 1), 2: (1, 0)}.get(a.ndim)
            a = a.transpose(turned) if turned and a.ndim == state[name].ndim else a.reshape(-1)
            out[net + "." + name] = bool(np.array_equal(a, state[name]))
    return out


class Stable:
    """numpy, with an argsort that keeps the order of equals."""
    def __getattr__(self, name):
        return getattr(np, name)

    @staticmethod
    def argsort(a):
        return np.argsort(a, kind="stable")


def main():
    detector, counts, stages, unstable = MTCNN(), {}, {}, {}
    for name, stage in zip(("stage1", "stage2", "stage3"), detector.stages):
        counted(stage, name, counts)

    def faces(image):
        rows = detector.detect_faces(image, output_type="numpy", box_format="xyxy")
        return [(r[1:5], r[5], list(zip(r[6:11], r[11:16]))) for r in rows]

    def detect(image, f):
        bboxes.np = np
        unsorted = [photos.row(*r) for r in faces(image)]
        bboxes.np = Stable()
        counts.clear()
        found = faces(image)
        if f in SOME:
            stages[f] = [counts.get("stage1", 0), counts.get("stage2", 0)]
        if [photos.row(*r) for r in found] != unsorted:
            unstable[f] = unsorted
        return found
    bboxes.np = Stable()
    some = {f: returned(detector.detect_faces(photos.read(f))) for f in SOME}
    decoded = {f: returned(detector.detect_faces(os.path.join(DATA, f))) for f in SOME[:1]}
    scales = {"%d,%d,%d" % size: build_scale_pyramid(*size, 0.709).tolist()
              for size in ((561, 561, 20), (250, 180, 20), (250, 180, 40), (250, 180, 10), (17, 40, 20), (16, 40, 20))}
    photos.write("mtcnn_ipazc1.json", "spec/golden/mtcnn_ipazc1.py",
                 {"mtcnn": "1.0.0", "tensorflow": tf.__version__, "keras": keras.__version__}, detect,
                 weights_equal=weights_equal(), rounded=some, tensorflow=decoded, stages=stages, scales=scales,
                 unstable=unstable)


if __name__ == "__main__":
    main()
