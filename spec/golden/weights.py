"""Weight files of today's numpy and safetensors, which visage reads and whose safetensors it writes to the byte.

Made by safetensors 0.8.0, numpy 2.4.6 (requirements-export.txt). Run: python spec/golden/weights.py.

weights/types.safetensors: every dtype that visage has, floats of PCG64(7).random(), in the order of names below
weights/widened.safetensors: dtypes that it widens
weights/eight.safetensors: F8_E4M3, which it has not
weights/meta.safetensors: __metadata__ {"epoch": "3", "note": "a \"b\"\\n\u00e9"} and names with such letters
weights/objects.npy: numpy.save of an object array () that holds a dict of dicts of arrays, as published MTCNN weights are
weights/list.npy: an object array (2,) of arrays; weights/objects.npz: both, of numpy.savez
weights/numpy1.npy: objects.npy as numpy 1 names its functions
weights/hostile.npy: an object array that would call os.system
"""
import io
import os
import pickle

import ml_dtypes
import numpy as np
from safetensors.numpy import save

from common import HERE, rng

FOLDER = os.path.join(HERE, "weights")


def write(name, data):
    os.makedirs(FOLDER, exist_ok=True)
    with open(os.path.join(FOLDER, name), "wb") as f:
        f.write(data)


def safetensors():
    stream = rng(7)
    write("types.safetensors", save({
        "b/conv.weight": stream.random((2, 3, 1, 2)).astype(np.float32),
        "a.double": stream.random(3),
        "half": stream.random((2, 2)).astype(np.float16),
        "brain": stream.random(5).astype(ml_dtypes.bfloat16),
        "count": np.array([-1, 1 << 40], np.int64),
        "small": np.array([[-7], [8]], np.int32),
        "bytes": np.array([0, 255, 3], np.uint8),
        "scalar": np.array(1.5, np.float32),
        "none": np.zeros((0, 4), np.float32),
    }))
    write("widened.safetensors", save({
        "bool": np.array([True, False]), "i8": np.array([-3], np.int8), "i16": np.array([-300], np.int16),
        "u16": np.array([65535], np.uint16), "u32": np.array([1 << 31], np.uint32)}))
    write("eight.safetensors", save({"x": np.array([1.0], ml_dtypes.float8_e4m3fn)}))
    write("meta.safetensors", save({"\u00e9 \"q\"\n\x01": np.ones(1, np.float32)},
                                   {"epoch": "3", "note": "a \"b\"\n\u00e9"}))


def objects():
    stream = rng(9)
    layer = lambda: {"weights": stream.random((2, 3)).astype(np.float32), "biases": np.asfortranarray(
        stream.random((3, 2))), "step": 4, "alpha": np.float32(0.25), "big": np.array([1, -2], ">i4")}
    tree = {"pnet": {"conv1": layer()}, "rnet": layer()}
    pair = np.empty(2, object)
    pair[0], pair[1] = np.arange(3, dtype=np.int32), np.ones((1, 2), np.float32)
    return np.array(tree, dtype=object), pair


def npy(array):
    out = io.BytesIO()
    np.save(out, array, allow_pickle=True)
    return out.getvalue()


class Evil:
    def __reduce__(self):
        return os.system, ("true",)


def main():
    safetensors()
    tree, pair = objects()
    write("objects.npy", npy(tree))
    write("list.npy", npy(pair))
    out = io.BytesIO()
    np.savez(out, tree=tree, pair=pair)
    write("objects.npz", out.getvalue())
    # numpy 1 wrote protocol 3 of functions in numpy.core; the header is the same.
    whole = npy(tree)
    head = whole[:10 + int.from_bytes(whole[8:10], "little")]
    write("numpy1.npy", head + pickle.dumps(tree, protocol=2).replace(b"numpy._core", b"numpy.core"))
    hostile = np.empty(1, object)
    hostile[0] = Evil()
    write("hostile.npy", npy(hostile))


if __name__ == "__main__":
    main()
