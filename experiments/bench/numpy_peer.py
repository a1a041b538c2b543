"""numpy's OpenBLAS. MODE product: the matrix product alone, which no search can be faster than; MODE search: with the
best of each probe."""
import sys

import numpy as np

import protocol


def search(job):
    probes, gallery, block, count = np.load(job["probes"]), np.load(job["gallery"]), job["block"], job["best"]
    scores, last = np.empty((probes.shape[0], block), np.float32), {}

    def blocks():
        for first in range(0, gallery.shape[0], block):
            rows = gallery[first:first + block]
            yield np.matmul(probes, rows.T, out=scores[:, :rows.shape[0]] if rows.shape[0] == block else None)

    def product():
        for _ in blocks():
            pass

    def whole():
        best = None
        for product in blocks():
            top = -np.partition(-product, min(count, product.shape[1]) - 1, axis=1)[:, :count]
            best = top if best is None else np.concatenate([best, top], axis=1)
        last["best"] = -np.sort(-best, axis=1)[:, :count]

    def output():
        whole()
        return last["best"]

    return protocol.Task(product if MODE == "product" else whole, output, "numpy %s, %s" % (np.__version__, MODE))


if __name__ == "__main__":
    MODE = sys.argv[1]
    protocol.serve({"search": search})
