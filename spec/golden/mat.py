"""Goldens of MATLAB's .mat: mat.json and mat/*.mat.

Environment: mat
Made by scipy 1.15.3, hdf5storage 0.2.2, GNU Octave 7.3 (the program octave) and libmatio 1.5.23 (libmatio.so.11); the
networks' outputs by PyTorch 1.12.1 on the CPU in f64 (requirements-mat.txt). Run: python spec/golden/mat.py. Files
of 7.3 hold the date and drawn names: their bytes differ from run to run, what they say does not.

MATLAB and MatConvNet are not to be had here. The networks' files have the fields that MatConvNet's manual and its
published models have; what their layers compute follows the manual: filters are not flipped, max pooling pads with -inf,
average pooling divides by the pixels that lie inside, moments are means and standard deviations with epsilon in them.

cycle_v73 and doubling_v73 are hostile: cells in cells without end.

JSON  values.FILE {tensors {name: {dtype, shape, values, row by row}}, notes {name: text}}
      networks.FILE {input, of pixels(seed, shape) / 64 - 2; outputs {value: {shape, values}}}
"""
import ctypes
import os
import subprocess

import h5py
import hdf5storage
import numpy as np
import scipy.io
import scipy.sparse
import torch
import torch.nn.functional as F

from common import HERE, pixels, rng, write_json

FOLDER = os.path.join(HERE, "mat")
stream = rng(47)


def path(name):
    return os.path.join(FOLDER, name)


def draw(*shape):
    """Multiples of 1/64 in [-1, 1)."""
    return np.floor(stream.random(shape) * 128) / 64 - 1


def cell(*items):
    out = np.empty((1, len(items)), dtype=object)
    for i, item in enumerate(items):
        out[0, i] = item
    return out


def structs(*items):
    """A struct array of dictionaries with equal keys."""
    keys = list(items[0])
    out = np.empty((1, len(items)), dtype=[(k, object) for k in keys])
    for i, item in enumerate(items):
        for k in keys:
            out[k][0, i] = item[k]
    return out


def tensor(x, dtype, shape=None):
    x = np.atleast_2d(np.asarray(x))
    return {"dtype": dtype, "shape": list(shape or x.shape), "values": x.reshape(-1).tolist()}


# ---- values ----

def numbers():
    kinds = {"double": ("f8", "f64"), "single": ("f4", "f32"), "int8": ("i1", "i32"), "uint8": ("u1", "u8"),
             "int16": ("i2", "i32"), "uint16": ("u2", "i32"), "int32": ("i4", "i32"), "uint32": ("u4", "i64"),
             "int64": ("i8", "i64")}
    for name, (numpy_type, dtype) in kinds.items():
        low = 0 if numpy_type[0] == "u" else -3
        yield name, np.array([[low, 1, 2], [3, 100, 7]], dtype=numpy_type), dtype


def python_values():
    """What scipy and hdf5storage write, and how visage is to name it."""
    cube = draw(2, 3, 4).astype("f4")
    values = {"cube": cube, "half": np.array([[0.5, -1e-300]]), "yes": np.array([[True, False]]), "text": "plain",
              "wide": "na\u00efve \u2013 \U0001f600", "empty": np.zeros((0, 3)), "line": np.array([[1.0, 2.0, 3.0]]),
              "one": 7.0, "cells": cell(1.5, "two", cell(np.array([[3.0], [4.0]]), cell())),
              "part": {"a": 1.0, "deep": {"b": "x", "c": cell("y")}},
              "list": structs({"n": 1.0, "t": "first"}, {"n": np.array([[2.0, 3.0]]), "t": "second"})}
    tensors = {"cube": tensor(cube.reshape(2, -1), "f32", cube.shape), "half": tensor(values["half"], "f64"),
               "yes": tensor([1, 0], "u8"), "line": tensor([1, 2, 3], "f64"), "one": tensor(7, "f64"),
               "cells.1": tensor(1.5, "f64"), "cells.3.1": tensor([[3], [4]], "f64"), "part.a": tensor(1, "f64"),
               "list.1.n": tensor(1, "f64"), "list.2.n": tensor([2, 3], "f64")}
    for name, array, dtype in numbers():
        values["is_" + name] = array
        tensors["is_" + name] = tensor(array, dtype)
    notes = {"text": "plain", "wide": values["wide"], "cells.2": "two", "part.deep.b": "x", "part.deep.c.1": "y",
             "list.1.t": "first", "list.2.t": "second"}
    return values, {"tensors": tensors, "notes": notes}


def octave(code):
    # Octave 7 crashes on its way out under some kernels, so what it wrote is what counts.
    subprocess.run(["octave-cli", "-q", "--eval", code], cwd=FOLDER, stderr=subprocess.DEVNULL)


def octave_values():
    octave("""
        a.layers = {struct('k', single(reshape(0:23, 2, 3, 4))), [1 2; 3 4], 'text'};
        s = struct('n', {1, int16([-2 5])}, 't', {'p', ''});
        c = ['abc'; 'def'];  % of four characters in two lines Octave counts the bytes wrongly
        small = uint8([1 2 3]); big = 1:300; truth = [true false]; none = {}; z = 1 + 2i; sp = sparse([1 0 2]);
        save -v6 octave_v6.mat a s c small big truth none z sp
        save -v7 octave_v7.mat a s c small big truth none z sp""")
    cube = np.arange(24).reshape(4, 3, 2).transpose(2, 1, 0)
    return {"tensors": {"a.layers.1.k": tensor(cube.reshape(2, -1), "f32", [2, 3, 4]),
                        "a.layers.2": tensor([[1, 2], [3, 4]], "f64"), "s.1.n": tensor(1, "f64"),
                        "s.2.n": tensor([-2, 5], "i32"), "small": tensor([1, 2, 3], "u8"),
                        "big": tensor(list(range(1, 301)), "f64"), "truth": tensor([1, 0], "u8")},
            "notes": {"a.layers.3": "text", "s.1.t": "p", "s.2.t": "", "c": "abc\ndef", "z": "not read: complex",
                      "sp": "not read: sparse"}}


class Matio:
    """As much of libmatio's C interface as makes numbers, texts, cells and structs; matio.h has the constants."""
    CELL, STRUCT, CHAR, DOUBLE, SINGLE = 1, 2, 4, 6, 7
    DATA = {CELL: 21, CHAR: 16, DOUBLE: 9, SINGLE: 7}
    MAT73, COPY_NOTHING = 0x0200, 0

    def __init__(self):
        self.lib = ctypes.CDLL("libmatio.so.11")
        for name in ("Mat_CreateVer", "Mat_VarCreate", "Mat_VarCreateStruct", "Mat_VarSetStructFieldByName"):
            getattr(self.lib, name).restype = ctypes.c_void_p
        self.kept = []

    def sizes(self, *shape):
        return len(shape), (ctypes.c_size_t * len(shape))(*shape)

    def make(self, name, kind, shape, data):
        self.kept.append(data)
        rank, sizes = self.sizes(*shape)
        return ctypes.c_void_p(self.lib.Mat_VarCreate(name, kind, self.DATA[kind], rank, sizes, data, 0))

    def array(self, name, x):
        x = np.asfortranarray(x)
        self.kept.append(x)
        return self.make(name, self.SINGLE if x.dtype == "f4" else self.DOUBLE, x.shape,
                         x.ctypes.data_as(ctypes.c_void_p))

    def text(self, name, s):
        return self.make(name, self.CHAR, (1, len(s)), ctypes.create_string_buffer(s))

    def cell(self, name, *items):
        return self.make(name, self.CELL, (1, len(items)), (ctypes.c_void_p * (len(items) + 1))(*items, None))

    def structs(self, name, *items):
        keys = list(items[0])
        rank, sizes = self.sizes(1, len(items))
        out = ctypes.c_void_p(self.lib.Mat_VarCreateStruct(name, rank, sizes,
                                                           (ctypes.c_char_p * len(keys))(*keys), len(keys)))
        for i, item in enumerate(items):
            for key, value in item.items():
                self.lib.Mat_VarSetStructFieldByName(out, key, ctypes.c_size_t(i), value)
        return out

    def save(self, name, *variables):
        file = ctypes.c_void_p(self.lib.Mat_CreateVer(path(name).encode(), None, self.MAT73))
        for v in variables:
            assert self.lib.Mat_VarWrite(file, v, 0) == 0
        self.lib.Mat_Close(file)


def matio_values():
    m = Matio()
    cube = draw(2, 3, 4).astype("f4")
    m.save("matio_v73.mat", m.array(b"cube", cube), m.text(b"text", b"plain"),
           m.cell(b"cells", m.array(None, np.array([[1.5]])), m.text(None, b"two"),
                  m.cell(None, m.array(None, np.array([[3.0], [4.0]])))),
           m.structs(b"part", {b"a": m.array(b"a", np.array([[1.0]])), b"b": m.text(b"b", b"x")}),
           m.structs(b"list", {b"n": m.array(b"n", np.array([[1.0]]))}, {b"n": m.array(b"n", np.array([[2.0, 3.0]]))}))
    return {"tensors": {"cube": tensor(cube.reshape(2, -1), "f32", cube.shape), "cells.1": tensor(1.5, "f64"),
                        "cells.3.1": tensor([[3], [4]], "f64"), "part.a": tensor(1, "f64"),
                        "list.1.n": tensor(1, "f64"), "list.2.n": tensor([2, 3], "f64")},
            "notes": {"text": "plain", "cells.2": "two", "part.b": "x"}}


# ---- networks: filters are rows, columns, in, out; pads top, bottom, left, right ----

def padded(x, pad, value=0.0):
    top, bottom, left, right = pad
    return F.pad(x, (left, right, top, bottom), value=value)


def conv(x, f, b=None, stride=(1, 1), pad=(0, 0, 0, 0), dilate=1):
    w = torch.from_numpy(f.astype("f8")).permute(3, 2, 0, 1)
    bias = None if b is None else torch.from_numpy(b.astype("f8")).reshape(-1)
    return F.conv2d(padded(x, pad), w, bias, stride, dilation=dilate, groups=x.shape[1] // f.shape[2])


def max_pool(x, size, stride, pad):
    return F.max_pool2d(padded(x, pad, float("-inf")), size, stride)


def avg_pool(x, size, stride, pad):
    inside = F.avg_pool2d(padded(torch.ones_like(x), pad), size, stride)
    return F.avg_pool2d(padded(x, pad), size, stride) / inside


def bnorm(x, g, b, moments):
    g, b, m = (torch.from_numpy(v.astype("f8")) for v in (g, b, moments))
    column = lambda v: v.reshape(1, -1, 1, 1)
    return (x - column(m[:, 0])) / column(m[:, 1]) * column(g) + column(b)


def single(*shape, scale=1.0):
    return (draw(*shape) * scale).astype("f4")


def moments(n):
    return np.stack([draw(n), 0.5 + np.abs(draw(n))], 1).astype("f4")


def output(x):
    return {"shape": list(x.shape[1:]), "values": x.reshape(-1).tolist()}


def image(seed, *shape):
    return torch.from_numpy(pixels(seed, (1,) + shape).astype("f8") / 64 - 2)


def simplenn():
    f1, b1, f2 = single(3, 3, 3, 4), single(1, 4), single(3, 3, 4, 4, scale=0.5)
    bn, f3, b3 = (single(4, 1), single(4, 1), moments(4)), single(3, 3, 2, 6), single(1, 6)
    f6, b6, f7, b7 = single(3, 8, 6, 8, scale=0.25), single(1, 8), single(1, 1, 8, 5), single(1, 5)
    layer = lambda kind, name, **fields: dict(type=kind, name=name, **fields)
    vector = lambda *v: np.array([v], dtype="f8")
    layers = [
        layer("conv", "conv1_1", weights=cell(f1, b1), pad=1.0, stride=1.0),
        layer("relu", "relu1_1"),
        layer("conv", "conv1_2", weights=cell(f2, np.zeros((0, 0), "f4")), pad=vector(1, 0, 1, 2), stride=vector(2, 1)),
        layer("bnorm", "bn1_2", weights=cell(*bn)),
        layer("relu", "relu1_2", leak=0.125),
        layer("pool", "pool1", method="max", pool=vector(2, 2), stride=2.0, pad=vector(0, 1, 0, 1)),
        layer("conv", "conv2", weights=cell(f3, b3), pad=vector(1, 1, 1, 1), stride=vector(1, 1), opts=cell("cuDNN")),
        layer("sigmoid", "sigmoid2"),
        layer("pool", "pool2", method="avg", pool=3.0, stride=1.0, pad=1.0),
        layer("conv", "fc6", weights=cell(f6, b6), pad=0.0, stride=1.0),
        layer("relu", "relu6"),
        layer("dropout", "dropout6", rate=0.5),
        layer("conv", "fc7", weights=cell(f7, b7), pad=0.0, stride=1.0),
        layer("softmax", "prob"),
    ]
    x = image(7, 3, 12, 14)
    out = {}
    out["conv1_1"] = y = conv(x, f1, b1, pad=(1, 1, 1, 1))
    y = bnorm(conv(F.relu(y), f2, None, (2, 1), (1, 0, 1, 2)), *bn)
    out["pool1"] = y = max_pool(F.leaky_relu(y, 0.125), (2, 2), (2, 2), (0, 1, 0, 1))
    y = torch.sigmoid(conv(y, f3, b3, pad=(1, 1, 1, 1)))
    out["pool2"] = y = avg_pool(y, 3, 1, (1, 1, 1, 1))
    out["relu6"] = y = F.relu(conv(y, f6, b6))
    out["prob"] = F.softmax(conv(y, f7, b7), 1)
    meta = {"normalization": {"imageSize": vector(12, 14, 3), "averageImage": single(1, 1, 3)},
            "classes": {"name": cell("a", "b", "c", "d", "e")}}
    # What came before 2015: no names but the layers' order, fields filters and biases.
    old = [dict(type="conv", filters=f1, biases=b1, pad=1.0, stride=1.0), dict(type="relu")]
    golden = {"input": {"seed": 7, "shape": [1, 3, 12, 14]}, "outputs": {k: output(v) for k, v in out.items()}}
    return {"layers": cell(*layers), "meta": meta}, golden, {"layers": cell(*old)}, {
        "input": golden["input"], "outputs": {"layers.2": output(F.relu(out["conv1_1"]))}}


def dagnn():
    p = {"conv1f": single(3, 3, 3, 4), "conv1b": single(4, 1), "bn1m": single(4, 1), "bn1b": single(4, 1),
         "bn1x": moments(4), "conv2f": single(3, 3, 4, 4, scale=0.25), "downf": single(1, 1, 4, 2), "downb": single(2, 1),
         "upf": single(1, 1, 2, 4), "upb": single(4, 1), "scale": single(1, 1, 4), "shift": single(1, 1, 4),
         "classf": single(1, 1, 8, 3), "classb": single(3, 1)}
    vector = lambda *v: np.array([v], dtype="f8")
    layers = []

    def layer(name, kind, inputs, params=(), **block):
        layers.append({"name": name, "type": "dagnn." + kind, "inputs": cell(*inputs), "outputs": cell(name + "_out"),
                       "params": cell(*params), "block": block or {"opts": cell()}})

    ones = dict(stride=vector(1, 1), dilate=vector(1, 1), opts=cell("cuDNN"))
    layer("conv1", "Conv", ["data"], ["conv1f", "conv1b"], size=vector(3, 3, 3, 4), hasBias=True, pad=vector(1, 1, 1, 1),
          **dict(ones, stride=vector(2, 2)))
    layer("bn1", "BatchNorm", ["conv1_out"], ["bn1m", "bn1b", "bn1x"], numChannels=4.0, epsilon=1e-5)
    layer("relu1", "ReLU", ["bn1_out"], useShortCircuit=True, leak=0.0, opts=cell())
    layer("pool1", "Pooling", ["relu1_out"], method="max", poolSize=vector(3, 3), stride=vector(1, 1),
          pad=vector(1, 1, 1, 1), opts=cell())
    layer("conv2", "Conv", ["pool1_out"], ["conv2f"], size=vector(3, 3, 4, 4), hasBias=False, pad=vector(2, 2, 2, 2),
          **dict(ones, dilate=vector(2, 2)))
    layer("squeeze", "GlobalPooling", ["conv2_out"], method="avg")
    layer("down", "Conv", ["squeeze_out"], ["downf", "downb"], size=vector(1, 1, 4, 2), hasBias=True,
          pad=vector(0, 0, 0, 0), **ones)
    layer("relu2", "ReLU", ["down_out"], leak=0.25, opts=cell())
    layer("up", "Conv", ["relu2_out"], ["upf", "upb"], size=vector(1, 1, 2, 4), hasBias=True, pad=vector(0, 0, 0, 0),
          **ones)
    layer("gate", "Sigmoid", ["up_out"])
    layer("axpy", "Axpy", ["gate_out", "conv2_out", "pool1_out"])
    layer("scaled", "Scale", ["axpy_out"], ["scale", "shift"], size=vector(1, 1, 4), hasBias=True)
    layer("gated", "Scale", ["scaled_out", "gate_out"], size=vector(1, 1, 4), hasBias=False)
    layer("sum", "Sum", ["gated_out", "conv2_out"])
    layer("concat", "Concat", ["sum_out", "pool1_out"], dim=3.0, numInputs=2.0)
    layer("pool2", "Pooling", ["concat_out"], method="avg", poolSize=vector(5, 6), stride=vector(1, 1),
          pad=vector(0, 0, 0, 0), opts=cell())
    layer("drop", "DropOut", ["pool2_out"], rate=0.5, frozen=False)
    layer("class", "Conv", ["drop_out"], ["classf", "classb"], size=vector(1, 1, 8, 3), hasBias=True,
          pad=vector(0, 0, 0, 0), **ones)
    layer("prob", "SoftMax", ["class_out"])

    t = lambda name: torch.from_numpy(p[name].astype("f8")).reshape(1, -1, 1, 1)
    y = bnorm(conv(image(8, 3, 10, 12), p["conv1f"], p["conv1b"], (2, 2), (1, 1, 1, 1)), p["bn1m"], p["bn1b"], p["bn1x"])
    pool1 = max_pool(F.relu(y), (3, 3), (1, 1), (1, 1, 1, 1))
    conv2 = conv(pool1, p["conv2f"], pad=(2, 2, 2, 2), dilate=2)
    gate = F.leaky_relu(conv(conv2.mean((2, 3), keepdim=True), p["downf"], p["downb"]), 0.25)
    gate = torch.sigmoid(conv(gate, p["upf"], p["upb"]))
    axpy = gate * conv2 + pool1
    total = (axpy * t("scale") + t("shift")) * gate + conv2
    y = torch.cat([total, pool1], 1).mean((2, 3), keepdim=True)
    out = {"pool1_out": pool1, "gate_out": gate, "sum_out": total,
           "prob_out": F.softmax(conv(y, p["classf"], p["classb"]), 1)}
    params = structs(*({"name": k, "value": v, "learningRate": 1.0, "weightDecay": 1.0, "trainMethod": "gradient"}
                       for k, v in p.items()))
    net = {"vars": structs({"name": "data", "precious": False}, {"name": "prob_out", "precious": True}),
           "params": params, "layers": structs(*layers), "meta": {"normalization": {"imageSize": vector(10, 12, 3)}}}
    return net, {"input": {"seed": 8, "shape": [1, 3, 10, 12]}, "outputs": {k: output(v) for k, v in out.items()}}


def hostile_v73(name, fill):
    """A 7.3 file whose variable x is a cell array, of what fill(the group #refs#) gives."""
    with h5py.File(path(name), "w", userblock_size=512) as f:
        x = f.create_dataset("x", data=fill(f.create_group("#refs#")), dtype=h5py.ref_dtype)
        x.attrs["MATLAB_class"] = np.bytes_("cell")
    with open(path(name), "r+b") as f:
        f.write(b"MATLAB 7.3 MAT-file, by h5py".ljust(124) + b"\0\2IM")


def cells(group, name, references):
    x = group.create_dataset(name, (1, len(references)), dtype=h5py.ref_dtype)
    x[0] = references
    x.attrs["MATLAB_class"] = np.bytes_("cell")
    return x.ref


def cycle(group):
    """A cell that holds itself."""
    own = cells(group, "a", [None])
    group["a"][0, 0] = own
    return [[own]]


def doubling(group):
    """Forty cells, each of which holds the next one twice."""
    inner = cells(group, "c0", [])
    for i in range(1, 41):
        inner = cells(group, "c%d" % i, [inner, inner])
    return [[inner]]


def undated(name):
    """Takes the date off the header, so that a rerun gives the same bytes."""
    with open(path(name), "r+b") as f:
        text = f.read(116).rpartition(b", ")[0]
        f.seek(0)
        f.write(text.ljust(116))


def save_v73(name, values):
    if os.path.exists(path(name)):  # else it is updated
        os.remove(path(name))
    hdf5storage.savemat(path(name), values, format="7.3", store_python_metadata=False, oned_as="row")


def main():
    os.makedirs(FOLDER, exist_ok=True)
    values, said = python_values()
    scipy.io.savemat(path("scipy_v5.mat"), values)
    scipy.io.savemat(path("scipy_v7.mat"), values, do_compression=True)
    save_v73("hdf5storage_v73.mat", values)
    octave_said = octave_values()
    hostile_v73("cycle_v73.mat", cycle)
    hostile_v73("doubling_v73.mat", doubling)
    simple, simple_golden, old, old_golden = simplenn()
    scipy.io.savemat(path("simplenn.mat"), simple, do_compression=True)
    scipy.io.savemat(path("simplenn_old.mat"), {"net": old}, do_compression=True)
    save_v73("simplenn_v73.mat", simple)
    dag, dag_golden = dagnn()
    scipy.io.savemat(path("dagnn.mat"), dag, do_compression=True)
    for name in os.listdir(FOLDER):
        if not name.endswith("_v73.mat"):
            undated(name)
    write_json("mat.json", {
        "made_by": "spec/golden/mat.py",
        "versions": {m.__name__: m.__version__ for m in (scipy, hdf5storage, h5py, np, torch)},
        "values": {"scipy_v5": said, "scipy_v7": said, "hdf5storage_v73": said, "octave_v6": octave_said,
                   "octave_v7": octave_said, "matio_v73": matio_values()},
        "networks": {"simplenn": simple_golden, "simplenn_v73": simple_golden, "simplenn_old": old_golden,
                     "dagnn": dag_golden}})


if __name__ == "__main__":
    main()
