"""Environment: keras
What mtcnn 0.1.1 (ipazc), the detector the reproduction ran, finds in the test photos: mtcnn_ipazc.json.

Made by mtcnn 0.1.1 (installed with --no-deps), TensorFlow 2.15.1, OpenCV 4.10, Pillow 10.4, numpy 1.26
(requirements-keras.txt). Run: python spec/golden/mtcnn_ipazc.py; photos from $VISAGE_DATA or ../shared/data.
Input: RGB by Pillow, no EXIF rotation. Defaults: min_face_size 20, factor 0.709, thresholds 0.6 0.7 0.7.

The README of the package quotes 277,90,48,63 and 0.99851983785629272 for ivan.jpg. That is the BGR answer: 0.1.1 gives
277,90,49,64 with the same points and score (to 2e-7); its corners give 48 and 63 when x2 - x1 and y2 - y1 are
truncated, where 0.1.1 truncates x2 - int(x1).

JSON: photos.FILE: size (w, h); faces in the result's order, each {box x,y,w,h ints, confidence, keypoints ints;
  corners: x1,y1,x2,y2 floats before truncation; points: five x,y floats}; stage1, stage2: how many boxes go into R-Net
  and O-Net.
stages.FILE: those boxes, x1,y1,x2,y2,score (stage1 already truncated), in their order.
pyramid.FILE: per scale [scale, w, h, sha256 of the u8 resized image, P-Net passes, left by the first suppression].
bgr: the same with the channels reversed, for ivan.jpg.
thresholds: faces (x, y, w, h, confidence) in ivan.jpg for other steps_threshold.
weights_equal: how each tensor `a` of the package gives that of weights/mtcnn/*.pt; false if it does not.

Behaviour of the package that a port must copy:
  the pyramid: cv2 INTER_AREA on u8 (rounded), sizes by ceil; R and O crops: INTER_AREA on the f64 zero-padded crop,
  which for crops smaller than 24 or 48 is OpenCV's area-style bilinear enlargement; all nets see W and H swapped;
  where exactly one P-Net cell passes at a scale, its regression is read from the column mirrored in x;
  P-Net passes at >= threshold, R-Net and O-Net at > threshold; boxes are truncated toward zero before each crop;
  pad() works with 1-based inclusive corners: the crop is image[y-1:ey, x-1:ex], tmpw = x2 - x1 + 1.
"""
import glob
import os
import sys

import numpy as np
from PIL import Image

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import cv2
import mtcnn
import tensorflow as tf
from mtcnn.mtcnn import MTCNN

from common import DATA, WEIGHTS, sha256, write_json
from torch_legacy import read_pt

TRACE = {}


def tapped(cls):
    """Wraps the private stages to note what they return; changes nothing."""
    stage1, stage2, stage3 = (getattr(cls, "_MTCNN__stage%d" % i) for i in (1, 2, 3))
    scale_image, nms = cls._MTCNN__scale_image, cls._MTCNN__nms
    pass_boxes = cls._MTCNN__generate_bounding_box

    def note(key, stage):
        def run(self, *args):
            out = stage(self, *args)
            TRACE[key] = [np.array(v, copy=True) if isinstance(v, np.ndarray) else None for v in out]
            return out
        return run

    def resized(image, scale):
        h, w = (int(np.ceil(n * scale)) for n in image.shape[:2])
        small = cv2.resize(image, (w, h), interpolation=cv2.INTER_AREA)
        TRACE["pyramid"].append([float(scale), w, h, sha256(small), 0, 0])
        return scale_image(image, scale)

    def passed(imap, reg, scale, t):
        out = pass_boxes(imap, reg, scale, t)
        TRACE["pyramid"][-1][4] = len(out[0])
        TRACE["first_nms"] = True
        return out

    def suppressed(boxes, threshold, method):
        pick = nms(boxes, threshold, method)
        if TRACE.pop("first_nms", False):
            TRACE["pyramid"][-1][5] = int(len(pick)) if boxes.size else 0
        return pick

    cls._MTCNN__stage1, cls._MTCNN__stage2, cls._MTCNN__stage3 = (
        note("stage%d" % i, s) for i, s in ((1, stage1), (2, stage2), (3, stage3)))
    cls._MTCNN__scale_image, cls._MTCNN__nms = staticmethod(resized), staticmethod(suppressed)
    cls._MTCNN__generate_bounding_box = staticmethod(passed)


def quiet(detector):
    """The detector without Keras's progress bars."""
    for net in (detector._pnet, detector._rnet, detector._onet):
        net.predict = lambda x, predict=net.predict: predict(x, verbose=0)
    return detector


def detect(detector, image):
    TRACE.clear()
    TRACE["pyramid"] = []
    found = detector.detect_faces(image)
    boxes, points = TRACE["stage3"]
    faces = []
    for i, f in enumerate(found):
        faces.append({"box": [int(v) for v in f["box"]], "confidence": float(f["confidence"]),
                      "keypoints": {k: [int(c) for c in v] for k, v in f["keypoints"].items()},
                      "corners": [float(v) for v in boxes[i, :4]],
                      "points": [[float(points[j, i]), float(points[j + 5, i])] for j in range(5)]})
    return {"size": [image.shape[1], image.shape[0]], "stage1": int(len(TRACE["stage1"][0])),
            "stage2": int(len(TRACE["stage2"][0])), "faces": faces}


def weights_equal():
    """The package's arrays are in layer order, as are the state dicts; tell how the layouts map."""
    ours = np.load(os.path.join(os.path.dirname(mtcnn.__file__), "data/mtcnn_weights.npy"), allow_pickle=True).tolist()
    out = {}
    for net in ("pnet", "rnet", "onet"):
        last = None
        for (name, b), a in zip(read_pt(os.path.join(WEIGHTS, "mtcnn", net + ".pt")).items(), ours[net], strict=True):
            forms = {"a": a.reshape(-1) if a.size == b.size and b.ndim == 1 else None}
            if a.ndim == 4:
                forms = {"a.transpose(3, 2, 1, 0): kernel axes swapped": a.transpose(3, 2, 1, 0),
                         "a.transpose(3, 2, 0, 1)": a.transpose(3, 2, 0, 1)}
                last = a.shape[3]
            elif a.ndim == 2:
                forms = {"a.T": a.T}
            match = [k for k, v in forms.items() if v is not None and v.shape == b.shape and np.array_equal(v, b)]
            out[net + "." + name] = match[0] if match else False
    return out


def main():
    tapped(MTCNN)
    detector = quiet(MTCNN())
    root = os.path.join(DATA, "vggface2/samples/loose")
    files = sorted("vggface2/samples/loose/" + os.path.relpath(f, root).replace(os.sep, "/")
                   for f in glob.glob(root + "/*/*.jpg"))
    files += ["photos/ivan.jpg", "photos/multiface.jpg", "photos/no-faces.jpg"]
    photos, pyramid, stages, image = {}, {}, {}, {}
    for f in files:
        image[f] = np.asarray(Image.open(os.path.join(DATA, f)).convert("RGB"))
        photos[f] = detect(detector, image[f])
        if f.startswith("photos/") or f == files[0]:
            pyramid[f] = TRACE["pyramid"]
        if f in (files[0], "photos/no-faces.jpg"):
            stages[f] = {k: TRACE[k][0].tolist() for k in ("stage1", "stage2")}
        print(f, photos[f]["stage1"], photos[f]["stage2"], [x["box"] for x in photos[f]["faces"]])
    ivan = image["photos/ivan.jpg"]
    reversed_ivan = np.ascontiguousarray(ivan[..., ::-1])
    bgr = detect(detector, reversed_ivan)
    steps = {}
    for t in ([.2, .7, .7], [.1, .1, .1], [.6, .7, .9999]):
        detector._steps_threshold = t
        steps[" ".join(map(str, t))] = {k: [[*x["box"], x["confidence"]] for x in detect(detector, v)["faces"]]
                                        for k, v in (("rgb", ivan), ("bgr", reversed_ivan))}
    write_json("mtcnn_ipazc.json", {
        "made_by": "spec/golden/mtcnn_ipazc.py",
        "versions": {"python": sys.version.split()[0], "mtcnn": "0.1.1", "tensorflow": tf.__version__,
                     "opencv": cv2.__version__, "numpy": np.__version__},
        "options": {"min_face_size": 20, "scale_factor": 0.709, "steps_threshold": [0.6, 0.7, 0.7]},
        "photos": photos, "pyramid": pyramid, "stages": stages, "bgr": {"photos/ivan.jpg": bgr}, "thresholds": steps,
        "weights_equal": weights_equal()})


if __name__ == "__main__":
    main()
