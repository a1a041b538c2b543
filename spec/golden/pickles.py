"""Pickled dictionaries of arrays, as the conversions of VGGFace2's Caffe nets to PyTorch come: weights/python{2,3}.pkl.

Environment: tensor
Made by numpy 2.4.6 (requirements-tensor.txt). Run: python spec/golden/pickles.py.

python3.pkl is pickle.dump's, protocol 4. python2.pkl is what Python 2 and numpy 1 write, put together of its opcodes, since
there every text is a string of bytes; pickle.loads(..., encoding="latin1") gives the same arrays, which is checked.
Both: "layer1.0.conv1.weight" (2, 3, 1, 2), then "bn1.running_mean" (5), float32, PCG64(12).random() - 0.5.
"""
import os
import pickle
import struct

import numpy as np

from common import HERE, rng


def text(data):
    """SHORT_BINSTRING or BINSTRING."""
    return b"U" + bytes([len(data)]) + data if len(data) < 256 else b"T" + struct.pack("<i", len(data)) + data


def array(a):
    new = b"cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\0\x85" + text(b"b") + b"\x87R"
    dtype = b"cnumpy\ndtype\n" + text(b"f4") + b"K\0K\1\x87R(K\3" + text(b"<") + b"NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\0tb"
    shape = b"(" + b"".join(b"K" + bytes([n]) for n in a.shape) + b"t"
    return new + b"(K\1" + shape + dtype + b"\x89" + text(a.tobytes()) + b"tb"


def main():
    stream = rng(12)
    made = {name: (stream.random(shape) - 0.5).astype(np.float32)
            for name, shape in (("layer1.0.conv1.weight", (2, 3, 1, 2)), ("bn1.running_mean", (5,)))}
    items = b"".join(text(name.encode()) + array(a) for name, a in made.items())
    old = b"\x80\2}(" + items + b"u."
    back = pickle.loads(old, encoding="latin1")
    assert list(back) == list(made) and all(np.array_equal(back[k], made[k]) for k in made)
    for name, data in (("python2", old), ("python3", pickle.dumps(made, protocol=4))):
        with open(os.path.join(HERE, "weights", name + ".pkl"), "wb") as f:
            f.write(data)


if __name__ == "__main__":
    main()
