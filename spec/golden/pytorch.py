"""Tiny checkpoints by torch.save, and broken and hostile ones built by hand: pytorch.json, pytorch/*.pt.

Made by PyTorch 1.12.1, numpy 1.26 (requirements-torch.txt). Run: python spec/golden/pytorch.py.

pytorch.json
  files.NAME: what the file holds, or the name of a file that holds the same. A tensor is {"tensor": dtype,
    "shape", "values"}, dtype f64 f32 f16 bf16 u8 bool i32 i64; a tuple is written as a list; OrderedDict and dict
    alike, in the file's order. Of a module (pickled, or TorchScript) it is the state dictionary, of one that is
    frozen its constants.
  shared.NAME: pairs of tensors that share storage.
  errors.NAME: must not load; `names` is the class or function that the error must name, if it is about one.
Nothing harmful is in the hostile files: they name os.system and friends with the argument "true". Do not load them with
pickle all the same.
"""
import collections
import os
import argparse
import enum
import pathlib
import pickle
import sys
import types
import zipfile

import numpy as np
import torch

from common import HERE, rng, write_json

FOLDER = os.path.join(HERE, "pytorch")
DTYPES = {torch.float64: "f64", torch.float32: "f32", torch.float16: "f16", torch.bfloat16: "bf16", torch.uint8: "u8",
          torch.bool: "bool", torch.int32: "i32", torch.int64: "i64"}
stream = rng(41)


def draw(*shape):
    # Multiples of 1/64 in [-1, 1): exact in f16 and bf16's 8 bits.
    return torch.from_numpy(np.floor(stream.random(shape) * 128) / 64 - 1)


def content():
    base = draw(4, 6).float()
    weight = torch.nn.Parameter(draw(2, 3, 3, 3).float())
    return collections.OrderedDict([
        ("net_state_dict", collections.OrderedDict([
            ("module.conv1.weight", weight), ("module.bn1.running_mean", draw(2).float()),
            ("module.bn1.num_batches_tracked", torch.tensor(12345678901)),
            ("module.tied.a", base), ("module.tied.b", base), ("module.tied.row", base[2]),
            ("module.tied.block", base[1:3, 2:5]), ("module.transposed", base.t()),
            ("module.permuted", draw(2, 3, 4).float().permute(2, 0, 1)),
            ("module.expanded", draw(1, 3).float().expand(2, 3))])),
        ("dtypes", {"f64": draw(3).double(), "f16": draw(5).half(), "bf16": draw(2, 2).bfloat16(),
                    "u8": torch.tensor([0, 7, 255], dtype=torch.uint8), "bool": torch.tensor([True, False, True]),
                    "i32": torch.tensor([-2147483648, 5], dtype=torch.int32), "i64": torch.tensor([[-1, 1 << 62]]),
                    "scalar": torch.tensor(2.5), "empty": torch.zeros(0, 3)}),
        ("epoch", 68), ("big", 1 << 40), ("negative", -3), ("best", 0.9930), ("name", "tiny – naïve"),
        ("flag", True), ("none", None), ("list", [1, 2.5, "three", [], (4, 5)]), ("tuple", (6, 7, 8)),
        ("by_number", {1: "one", 2: "two"})])


def describe(v):
    if isinstance(v, torch.Tensor):
        flat = v.detach().double() if v.is_floating_point() else v.detach().long()
        return {"tensor": DTYPES[v.dtype], "shape": list(v.shape), "values": flat.reshape(-1).tolist()}
    if isinstance(v, dict):
        return {str(k): describe(x) for k, x in v.items()}
    return [describe(x) for x in v] if isinstance(v, (list, tuple)) else v


def path(name):
    return os.path.join(FOLDER, name)


def zip_of(name, data_pkl, storages):
    """A torch zip file around a pickle of our own."""
    with zipfile.ZipFile(path(name), "w", zipfile.ZIP_STORED) as z:
        for k, v in (("data.pkl", data_pkl), *(("data/" + k, s) for k, s in storages.items()), ("version", b"3\n")):
            z.writestr(zipfile.ZipInfo("archive/" + k, (1980, 1, 1, 0, 0, 0)), v)


def legacy_of(name, state, storages):
    with open(path(name), "wb") as f:
        for v in (0x1950a86a20f9469cfc6c, 1001, {"protocol_version": 1001, "little_endian": True,
                                                "type_sizes": {"short": 2, "int": 4, "long": 4}}):
            f.write(pickle.dumps(v, 2))
        f.write(state + pickle.dumps(list(storages), 2))
        for s in storages.values():
            f.write((len(s) // 4).to_bytes(8, "little") + s)


def text(s):
    return b"X" + len(s).to_bytes(4, "little") + s.encode()


def integer(n):
    b = n.to_bytes(n.bit_length() // 8 + 1, "little", signed=True)
    return b"\x8a" + bytes([len(b)]) + b


def call(module, name, argument=b"true"):
    """{"w": module.name(argument)} as a pickle."""
    return b"\x80\x02}" + text("w") + b"c%s\n%s\n" % (module.encode(), name.encode()) + text("true") + b"\x85Rs."


def tensor(size, stride, offset=0, count=4, key="0"):
    """{"w": a tensor over storage KEY of `count` f32}, with any size, stride and offset, legal or not."""
    pid = b"(" + text("storage") + b"ctorch\nFloatStorage\n" + text(key) + text("cpu") + integer(count) + b"tQ"
    dims = lambda v: b"(" + b"".join(map(integer, v)) + b"t"
    args = b"(" + pid + integer(offset) + dims(size) + dims(stride) + b"\x89ccollections\nOrderedDict\n)Rt"
    return b"\x80\x02}" + text("w") + b"ctorch._utils\n_rebuild_tensor_v2\n" + args + b"Rs."


def hostile():
    """Writes the files that must not load; returns errors.NAME."""
    four = {"0": np.arange(4, dtype="<f4").tobytes()}
    system = os.system.__module__
    out = {}
    for name, module, what in (("hostile_system", system, "system"), ("hostile_eval", "builtins", "eval"),
                               ("hostile_py2", "__builtin__", "exec"), ("hostile_torch", "torch.hub", "load")):
        zip_of(name + ".pt", call(module, what), {})
        out[name + ".pt"] = {"why": "calls a function", "names": module + "." + what}
    legacy_of("hostile_legacy.pt", call(system, "system"), {})
    out["hostile_legacy.pt"] = {"why": "calls a function", "names": system + ".system"}

    around = b"\x80\x02}" + text("w") + b"ctorch._utils\n_rebuild_qtensor\n(" + tensor([4], [1])[9:-2] + b"tRs."
    zip_of("lost_tensor.pt", around, four)
    out["lost_tensor.pt"] = {"why": "a tensor that a function would have got", "names": "torch._utils._rebuild_qtensor"}
    zip_of("hostile_beside.pt", tensor([2, 2], [1, 2])[:-1] + call(system, "system")[3:-1] + b".", four)

    big = 1 << 40
    for name, pickled in (("size_past_storage", tensor([5], [1])), ("stride_past_storage", tensor([2, 2], [3, 1])),
                          ("offset_past_storage", tensor([1], [1], 4)), ("negative_offset", tensor([1], [1], -1)),
                          ("negative_stride", tensor([2], [-1], 1)), ("negative_size", tensor([-2], [1])),
                          ("size_overflow", tensor([big, big], [0, 0])), ("count_too_large", tensor([4], [1], 0, big)),
                          ("size_stride_differ", tensor([2, 2], [1])), ("no_storage", tensor([4], [1], 0, 4, "7"))):
        zip_of(name + ".pt", pickled, four)
        out[name + ".pt"] = {"why": name.replace("_", " ")}
    legacy_of("legacy_count_too_large.pt", tensor([4], [1], 0, big), four)
    out["legacy_count_too_large.pt"] = {"why": "count too large"}
    zip_of("no_stop.pt", tensor([4], [1])[:-1], four)
    out["no_stop.pt"] = {"why": "the pickle has no stop"}
    zip_of("bad_memo.pt", b"\x80\x02h\x09.", four)
    out["bad_memo.pt"] = {"why": "a memo entry that was never stored"}
    zip_of("empty_stack.pt", b"\x80\x02s.", four)
    out["empty_stack.pt"] = {"why": "an operation on an empty stack"}
    zip_of("deep.pt", b"\x80\x02" + b"]" * 3000 + b"a" * 2999 + b".", four)
    out["deep.pt"] = {"why": "3000 nested lists: may load or be refused, must not crash", "may_load": True}
    zip_of("good_by_hand.pt", tensor([2, 2], [1, 2]), four)

    for name, part in (("zip.pt", 0.6), ("legacy.pt", 0.3), ("legacy.pt", 0.97)):
        data = open(path(name), "rb").read()
        cut = "truncated_%s_%d.pt" % (name[:-3], part * 100)
        open(path(cut), "wb").write(data[:int(len(data) * part)])
        out[cut] = {"why": "cut"}
    open(path("text.pt"), "w").write("not a checkpoint\n")
    out["text.pt"] = {"why": "not a checkpoint: text"}
    open(path("empty.pt"), "w").close()
    out["empty.pt"] = {"why": "empty"}
    return out


class Net(torch.nn.Module):
    """A module with submodules, a shared weight, buffers of both kinds and attributes."""

    def __init__(self):
        super().__init__()
        self.body = torch.nn.Sequential(torch.nn.Conv2d(1, 2, 1), torch.nn.BatchNorm2d(2))
        self.a = torch.nn.Linear(2, 2)
        self.b = torch.nn.Linear(2, 2, bias=False)
        self.b.weight = self.a.weight
        self.register_buffer("scale", torch.tensor([0.5, 2.0]))
        self.register_buffer("scratch", torch.zeros(3), persistent=False)
        self.sizes = [1, 2]

    def forward(self, x):
        return self.b(self.a(self.body(x).mean(3).mean(2))) * self.scale


class Part(torch.nn.Module):
    """A layer whose code is all here: TorchScript files hold the source of what they compile."""

    def __init__(self, n):
        super().__init__()
        self.weight = torch.nn.Parameter(torch.arange(2.0 * n).reshape(2, n) / 4)
        self.register_buffer("count", torch.tensor(n))
        self.sizes = [2, n]

    def forward(self, x):
        return torch.mm(x, self.weight)


class Pair(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.first = Part(2)
        self.last = Part(3)
        self.tied = self.first.weight

    def forward(self, x):
        return self.last(self.first(x) + self.tied)


class Settings(dict):
    """As pytorch_lightning's AttributeDict."""


class Stopping:
    """As a callback of pytorch_lightning, whose class was a key."""


class Phase(enum.Enum):
    TEST = 1


def lightning(net):
    """A checkpoint as pytorch_lightning's Trainer wrote it, its classes among the settings; returns it and what of it is
    data. The classes are given a module that nobody has."""
    module = types.ModuleType("somebodys.training")
    sys.modules.update({"somebodys": types.ModuleType("somebodys"), "somebodys.training": module})
    for c in (Settings, Stopping, Phase):
        c.__module__ = "somebodys.training"
        setattr(module, c.__name__, c)
    data = {"epoch": 3, "global_step": 120, "pytorch-lightning_version": "1.6.0", "state_dict": net.state_dict(),
            "lr_schedulers": [{"last_epoch": 3, "base_lrs": [0.5]}], "hparams_name": "config"}
    rate = 0.125
    optimizer = {"state": {0: {"step": 4, "exp_avg": draw(2).float()}}, "param_groups": [{"lr": rate, "params": [0]}]}
    settings = Settings(lr=rate, where=pathlib.PurePosixPath("data"), phase=Phase.TEST, best=np.float64(0.5),
                        loss=torch.nn.CrossEntropyLoss(), arguments=argparse.Namespace(batch=8, names=["x", "y"]),
                        ids={4}, counts=collections.defaultdict(int, {"seen": 7}))
    whole = dict(data, callbacks={Stopping: {"patience": 3}}, optimizer_states=[optimizer], hyper_parameters=settings)
    kept = {"lr": rate, "arguments": {"batch": 8, "names": ["x", "y"]}, "ids": [4], "counts": {"seen": 7}}
    return whole, dict(data, optimizer_states=[optimizer], hyper_parameters=kept)


def modules():
    """Writes files that hold a module or other objects; returns files.NAME."""
    torch.manual_seed(3)
    net = Net().eval()
    state = describe(net.state_dict())
    torch.save(net, path("whole_module.pt"))
    # Without the source of PyTorch's classes, which it would add.
    torch.serialization.get_source_lines_and_file = None
    torch.save(net, path("whole_module_legacy.pt"), _use_new_zipfile_serialization=False)
    script = torch.jit.script(Pair().eval())
    torch.jit.save(script, path("script.pt"))
    out = {"whole_module.pt": state, "whole_module_legacy.pt": state, "script.pt": describe(script.state_dict())}
    torch.jit.save(torch.jit.freeze(script), path("frozen.pt"))
    constants = torch.jit.load(path("frozen.pt")).code_with_constants[1].const_mapping
    out["frozen.pt"] = {"constants": [describe(constants["c%d" % i]) for i in range(len(constants))]}
    for name, want in (("whole_module.pt", state), ("whole_module_legacy.pt", state)):
        assert describe(torch.load(path(name)).state_dict()) == want
    assert describe(torch.jit.load(path("script.pt")).state_dict()) == out["script.pt"]
    whole, data = lightning(net)
    torch.save(whole, path("lightning.ckpt"))
    out["lightning.ckpt"] = describe(data)
    marked = draw(2, 3).float()
    marked.mark = "an attribute"
    torch.save({"marked": marked}, path("attribute.pt"), pickle_protocol=5)
    out["attribute.pt"] = describe({"marked": marked})
    return out


def main():
    os.makedirs(FOLDER, exist_ok=True)
    data = content()
    torch.save(data, path("zip.pt"))
    torch.save(data, path("legacy.pt"), _use_new_zipfile_serialization=False)
    torch.save(data, path("zip_protocol4.pt"), pickle_protocol=4)
    torch.manual_seed(1)
    net = torch.nn.DataParallel(torch.nn.Sequential(torch.nn.Conv2d(2, 2, 1), torch.nn.BatchNorm2d(2),
                                                    torch.nn.PReLU(2)))
    torch.save(net.state_dict(), path("state_dict.pt"))
    files = {n: describe(data) for n in ("zip.pt", "legacy.pt", "zip_protocol4.pt")}
    files["state_dict.pt"] = describe(net.state_dict())
    errors = hostile()
    files["good_by_hand.pt"] = describe(torch.load(path("good_by_hand.pt")))
    files["hostile_beside.pt"] = files["good_by_hand.pt"]
    for name, what in files.items():
        assert name == "hostile_beside.pt" or describe(torch.load(path(name))) == what
    objects = modules()
    for name in os.listdir(FOLDER):
        assert os.path.getsize(path(name)) < 16384 and (name in {**files, **objects, **errors}), name
    tied = "net_state_dict/module.tied."
    write_json("pytorch.json", {
        "made_by": "spec/golden/pytorch.py", "versions": {"torch": torch.__version__},
        "files": {"zip.pt": files["zip.pt"], "legacy.pt": "zip.pt", "zip_protocol4.pt": "zip.pt",
                  "state_dict.pt": files["state_dict.pt"], "good_by_hand.pt": files["good_by_hand.pt"],
                  "hostile_beside.pt": "good_by_hand.pt", **objects},
        "shared": {**{n: [[tied + "a", tied + k] for k in ("b", "row", "block")] for n in ("zip.pt", "legacy.pt")},
                   **{n: [["a/weight", "b/weight"]] for n in ("whole_module.pt", "whole_module_legacy.pt")},
                   "script.pt": [["first/weight", "tied"]]},
        "errors": errors})
    print(len(files) + len(objects), "files", len(errors), "errors")


if __name__ == "__main__":
    main()
