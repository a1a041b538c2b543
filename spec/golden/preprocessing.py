"""Decoding, cropping and resizing of every photo of the data folder by Pillow and OpenCV: preprocessing.json.

Made by Pillow 10.4, OpenCV 4.10, numpy 1.26 (requirements-image.txt). Run: python spec/golden/preprocessing.py; photos
from $VISAGE_DATA or ../shared/data.

JSON: operations: their names, in order; photos.FILE: the first 12 hex digits of the sha256 of each one's u8 RGB result.
  pillow            open(...).convert("RGB"), no EXIF rotation
  opencv            imread(IMREAD_COLOR | IMREAD_IGNORE_ORIENTATION), BGR turned to RGB
  crop              Pillow's crop of (w // 3, -10) with the size (w, h): hangs over at the top and to the right, zeros there
  nearest, bilinear, bicubic, lanczos   Pillow's resize of the photo to 224 x 224
  area, linear      OpenCV's resize to 112 x 112
"""
import glob
import os

import cv2
import numpy as np
import PIL
from PIL import Image

from common import DATA, sha256, write_json

FILTERS = (("nearest", Image.NEAREST), ("bilinear", Image.BILINEAR), ("bicubic", Image.BICUBIC),
           ("lanczos", Image.LANCZOS))
AREAS = (("area", cv2.INTER_AREA), ("linear", cv2.INTER_LINEAR))
OPERATIONS = ["pillow", "opencv", "crop"] + [n for n, _ in FILTERS + AREAS]


def results(path):
    photo = Image.open(path).convert("RGB")
    pixels = np.asarray(photo)
    w, h = photo.size
    yield pixels
    yield cv2.imread(path, cv2.IMREAD_COLOR | cv2.IMREAD_IGNORE_ORIENTATION)[..., ::-1]
    yield np.asarray(photo.crop((w // 3, -10, w // 3 + w, h - 10)))
    for _, f in FILTERS:
        yield np.asarray(photo.resize((224, 224), f))
    for _, f in AREAS:
        yield cv2.resize(pixels, (112, 112), interpolation=f)


def main():
    files = sorted(os.path.relpath(f, DATA).replace(os.sep, "/") for e in ("jpg", "png")
                   for f in glob.glob(DATA + "/**/*." + e, recursive=True))
    photos = {f: [sha256(r)[:12] for r in results(os.path.join(DATA, f))] for f in files}
    differ = [f for f, r in photos.items() if r[0] != r[1]]
    write_json("preprocessing.json", {
        "made_by": "spec/golden/preprocessing.py", "operations": OPERATIONS,
        "versions": {"pillow": PIL.__version__, "opencv": cv2.__version__, "numpy": np.__version__}, "photos": photos})
    print(len(photos), "photos; decoded otherwise by OpenCV:", differ)


if __name__ == "__main__":
    main()
