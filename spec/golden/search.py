"""Goldens of search in a gallery, search.json, by numpy.

Made with requirements-metrics.txt. Run: python spec/golden/search.py; no photo, no network.

Rows come from one stream, PCG64(11).random() - 0.5, cast to float32: probes (40, 96), then the gallery (3000, 96), of
which rows 101, 202, ..., 1010 (from 1) are then row 50 once more, and row 2000 is probe 7 but for its first number,
which is 0.25 more; probe 3 is row 50 changed so. Scores in float64 of those float32.

JSON keys, cosine and euclidean: places (from 1) of the best ten of each probe, by a stable sort of falling scores, and
their scores; euclidean's are negated distances.
"""
import numpy as np

from common import rng, write_json

PROBES, GALLERY, DIMENSION, BEST = 40, 3000, 96, 10


def rows():
    stream = rng(11)
    probes = (stream.random((PROBES, DIMENSION)) - 0.5).astype(np.float32)
    gallery = (stream.random((GALLERY, DIMENSION)) - 0.5).astype(np.float32)
    for k in range(1, 11):
        gallery[101 * k - 1] = gallery[49]
    probes[2] = gallery[49]
    probes[2, 0] += np.float32(0.25)
    gallery[1999] = probes[6]
    gallery[1999, 0] += np.float32(0.25)
    return probes.astype(np.float64), gallery.astype(np.float64)


def best(scores):
    order = np.argsort(-scores, axis=1, kind="stable")[:, :BEST]
    return {"places": (order + 1).tolist(), "scores": np.take_along_axis(scores, order, 1).tolist()}


def main():
    probes, gallery = rows()
    # Row by row, so that equal rows score the same to the last bit.
    lengths = [float(np.sqrt(g @ g)) for g in gallery]
    cosine = np.array([[(p @ g) / (np.sqrt(p @ p) * l) for g, l in zip(gallery, lengths)] for p in probes])
    distance = np.array([[np.sqrt(np.sum((p - g) ** 2)) for g in gallery] for p in probes])
    write_json("search.json", {"cosine": best(cosine), "euclidean": best(-distance)})


if __name__ == "__main__":
    main()
