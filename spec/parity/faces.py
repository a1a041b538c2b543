"""The photos that the frameworks' sides of make parity run on: the 32 of vggface2/samples/loose with their published boxes.

Not a script of its own.
"""
import csv
import glob
import os

from common import DATA


def faces():
    """[(path, (x, y, w, h) with no negative number, whose face)], in the order of the paths."""
    rows = csv.reader(open(os.path.join(DATA, "vggface2/meta/loose_bb_test.csv")))
    boxes = {r[0]: tuple(max(0, int(v)) for v in r[1:]) for r in rows if r[0] != "NAME_ID"}
    root = os.path.join(DATA, "vggface2/samples/loose")
    names = [os.path.relpath(f, root).replace(os.sep, "/")[:-4] for f in sorted(glob.glob(root + "/*/*.jpg"))]
    return [(os.path.join(root, n + ".jpg"), boxes[n], n.split("/")[0]) for n in names]


def cut(image, box):
    x, y, w, h = box
    return image[y:y + h, x:x + w]
