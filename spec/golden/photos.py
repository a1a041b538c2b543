"""What the detectors' goldens share: all photos of the data folder, and how the faces found are written.

Not a golden itself. Each photo is decoded by Pillow to RGB, with no EXIF rotation.
"""
import os
import sys

import numpy as np
from PIL import Image

from common import DATA, write_json


def files():
    """All photos, relative to the data folder."""
    found = []
    for folder, _, names in os.walk(DATA):
        found += [os.path.relpath(os.path.join(folder, n), DATA).replace(os.sep, "/")
                  for n in names if n.lower().endswith((".jpg", ".jpeg", ".png"))]
    return sorted(found)


def read(name):
    return np.asarray(Image.open(os.path.join(DATA, name)).convert("RGB"))


def row(box, score, points):
    """One face: x1, y1, x2, y2 and x, y of the five points to 1e-3 pixels, the score to 1e-7 between them."""
    number = lambda v, digits: float(round(float(v), digits))
    return [number(v, 3) for v in box] + [number(score, 7)] + [number(v, 3) for p in points for v in p]


def write(name, made_by, versions, detect, **more):
    """NAME: photos.FILE: the rows of the faces that detect(image, FILE) gives, in its order; and what more there is."""
    photos = {}
    for f in files():
        photos[f] = [row(*face) for face in detect(read(f), f)]
        print(f, [r[:5] for r in photos[f]], flush=True)
    versions = {"python": sys.version.split()[0], "numpy": np.__version__, **versions}
    write_json(name, {"made_by": made_by, "versions": versions, **more, "photos": photos})
