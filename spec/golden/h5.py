"""Keras-shaped .h5 files that Keras itself seldom or never writes: h5/*.h5.

Made by h5py 3.16, numpy 1.26 (requirements-keras.txt). Run: python spec/golden/h5.py.

h5/odd.h5: lists cut into layer_names0 and layer_names1; the datasets of layer "a" hold 0, 1, 2, ... in other types and
storages, their names say which. The others must not load: data in another file, a filter that is a plugin, sizes without
bytes behind them, the layout of HDF5 1.8 and later.
"""
import os

import h5py
import numpy as np

FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "h5")


def path(name):
    return os.path.join(FOLDER, name)


def one(name, make):
    """A file of one layer "a" with one weight "w:0", which make(group) writes."""
    with h5py.File(path(name), "w", libver="earliest") as f:
        f.attrs["layer_names"] = [b"a"]
        group = f.create_group("a")
        group.attrs["weight_names"] = [b"w:0"]
        make(group)


def odd():
    values = np.arange(6).reshape(2, 3)
    with h5py.File(path("odd.h5"), "w", libver="earliest") as f:
        f.attrs["layer_names0"], f.attrs["layer_names1"] = [b"a"], [b"empty"]
        group = f.create_group("a")
        packed = {"chunks": (1, 3), "compression": "gzip", "shuffle": True, "fletcher32": True}
        plan = [("f2", "<f2", {}), ("f4 gzip", "<f4", packed), ("f8 big", ">f8", {}), ("i2 chunks", "<i2", {"chunks": (2, 2)}),
                ("u1", "u1", {}), ("i8 big", ">i8", {"chunks": (1, 1), "compression": "gzip"}), ("u4", "<u4", {})]
        for name, dtype, storage in plan:
            group.create_dataset(name, data=values.astype(dtype), **storage)
        group.create_dataset("scalar", data=np.float32(2.5))
        group.create_dataset("none", shape=(0, 3), dtype="f4")
        group.attrs["weight_names"] = [p[0].encode() for p in plan] + [b"scalar", b"none"]
        f.create_group("empty").attrs["weight_names"] = []


def virtual(group):
    layout = h5py.VirtualLayout(shape=(4,), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/hostname", "x", shape=(4,))
    group.create_virtual_dataset("w:0", layout)


def main():
    os.makedirs(FOLDER, exist_ok=True)
    odd()
    one("external_data.h5", lambda g: g.create_dataset("w:0", shape=(4,), dtype="f4", external=[("/etc/hostname", 0, 16)]))
    one("virtual.h5", virtual)
    one("plugin_filter.h5", lambda g: g.create_dataset("w:0", data=np.zeros(64, "f4"), compression="lzf"))
    one("no_bytes.h5", lambda g: g.create_dataset("w:0", shape=(1 << 20, 1 << 20), dtype="f4", chunks=(1024, 1024)))
    one("bomb.h5", lambda g: g.create_dataset("w:0", shape=(1 << 38,), dtype="f4", chunks=(64,), compression="gzip"))
    one("text.h5", lambda g: g.create_dataset("w:0", data=np.array([b"words"])))
    one("external_link.h5", lambda g: g.__setitem__("w:0", h5py.ExternalLink("spec/golden/h5/odd.h5", "/a/u1")))
    with h5py.File(path("bomb.h5"), "a") as f:
        f["a"]["w:0"][:64] = 1
    with h5py.File(path("latest.h5"), "w", libver="latest") as f:
        f.attrs["layer_names"] = []
    with h5py.File(path("not_keras.h5"), "w", libver="earliest") as f:
        f.create_dataset("x", data=np.zeros(3))


if __name__ == "__main__":
    main()
