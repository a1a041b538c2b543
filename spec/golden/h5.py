"""Keras-shaped .h5 files that Keras itself seldom or never writes: h5/*.h5.

Made by h5py 3.16, numpy 1.26 (requirements-keras.txt). Run: python spec/golden/h5.py.

h5/odd.h5: lists cut into layer_names0 and layer_names1; the datasets of layer "a" hold 0, 1, 2, ... in other types and
storages, their names say which. h5/levels.h5: 140 members of a group whose tree has two levels; wNNN holds NNN % 7.
h5/links.h5, h5/tracked.h5 (track_order=True), h5/user_block.h5: what HDF5 1.8 writes otherwise, of the values 0, 1, 2, ...
The others must not load: a name of 1025 bytes, data in another file, a filter that is a plugin, sizes without bytes behind
them, bytes that many names or references share, what HDF5 1.8 and later store densely or index anew.
"""
import os
import struct

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


def levels():
    names = ["w%03d" % i for i in range(140)]
    with h5py.File(path("levels.h5"), "w", libver="earliest") as f:
        f.attrs["layer_names"] = [b"a"]
        group = f.create_group("a")
        group.attrs["weight_names"] = [n.encode() for n in names]
        for i, name in enumerate(names):
            group[name] = group[names[i % 7]] if i > 6 else np.uint8(i)


def newer(name, **how):
    """The same weights with the groups, headers and layouts that HDF5 1.8 adds."""
    values = np.arange(6, dtype="f4").reshape(2, 3)
    with h5py.File(path(name), "w", **how) as f:
        f.attrs["layer_names"] = [b"a"]
        group = f.create_group("a", track_order=how.get("track_order"))
        group.attrs["weight_names"] = [b"first/w:0", b"packed", b"compact"]
        group.create_dataset("first/w:0", data=values)
        group.create_dataset("packed", data=values, **({} if how.get("libver") == "latest" else {"compression": "gzip"}))
        compact = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
        compact.set_layout(h5py.h5d.COMPACT)
        compact.set_obj_track_times(False)
        data = h5py.h5d.create(group.id, b"compact", h5py.h5t.IEEE_F32LE, h5py.h5s.create_simple((2, 3)), compact)
        data.write(h5py.h5s.ALL, h5py.h5s.ALL, values)
        for i in range(6):  # more than the first block of the header has room for
            group.attrs["note%d" % i] = "x" * 90


def shared_strings():
    """Sixteen references to one string of 4000 bytes."""
    with h5py.File(path("shared_strings.h5"), "w", libver="earliest") as f:
        f.attrs["layer_names"] = np.array(["x" * 4000] + ["y%03d" % i for i in range(15)], dtype=h5py.string_dtype())
    data = open(path("shared_strings.h5"), "rb").read()
    at = data.index(struct.pack("<I", 4000))
    data = data[:at] + data[at:at + 16] * 16 + data[at + 16 * 16:]
    open(path("shared_strings.h5"), "wb").write(data)


def many_members(name, **how):
    with h5py.File(path(name), "w", **how) as f:
        f.attrs["layer_names"] = [b"a"]
        group = f.create_group("a")
        group.attrs["weight_names"] = [b"w0"]
        for i in range(9):
            group.create_dataset("w%d" % i, data=np.float32(i))


def many_attributes(name):
    with h5py.File(path(name), "w", libver="latest") as f:
        f.attrs["layer_names"] = []
        for i in range(9):
            f.attrs["note%d" % i] = i


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
    levels()
    newer("links.h5", libver="latest")
    newer("tracked.h5", track_order=True)
    newer("user_block.h5", userblock_size=512)
    shared_strings()
    one("long_name.h5", lambda g: g.create_group("v" * 1025))
    many_members("dense_group.h5", libver="latest")
    many_attributes("dense_attributes.h5")
    with h5py.File(path("new_chunks.h5"), "w", libver=("v110", "v110")) as f:
        f.attrs["layer_names"] = [b"a"]
        f.create_group("a").attrs["weight_names"] = [b"w:0"]
        f["a"].create_dataset("w:0", data=np.zeros((4, 4), "f4"), chunks=(2, 2))
    with h5py.File(path("repeated.h5"), "w", libver="earliest") as f:
        f.attrs["layer_names"] = [b"a"]
        f.create_group("a").attrs["weight_names"] = [b"/" * i + b"w" for i in range(8)]
        f["a"].create_dataset("w", data=np.zeros(1024, "f4"))
    with h5py.File(path("not_keras.h5"), "w", libver="earliest") as f:
        f.create_dataset("x", data=np.zeros(3))


if __name__ == "__main__":
    main()
