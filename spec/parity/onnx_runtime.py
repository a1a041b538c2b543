"""Runs ONNX models that visage wrote: for exports.lua, which compares. Environment: requirements-export.txt.

Run: python onnx_runtime.py FOLDER. For each NAME.onnx there: checked by onnx (full_check: shapes inferred as well), run
by ONNX Runtime on NAME.in.npz (an input's name -> array), outputs written to NAME.out.npz (the output's place, from 1).
Values are computed in order on one thread, without fusing, so that a run can be repeated to the bit. Also reads every
NAME.h5 and NAME.safetensors there by h5py and safetensors, and writes NAME.h5.npz and NAME.safetensors.npz.
"""
import glob
import os
import sys

import h5py
import numpy as np
import onnx
import onnxruntime
from safetensors.numpy import load_file


def run(path):
    stem = path[:-len(".onnx")]
    onnx.checker.check_model(path, full_check=True)
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    outputs = session.run(None, dict(np.load(stem + ".in.npz")))
    np.savez(stem + ".out.npz", **{str(i + 1): y for i, y in enumerate(outputs)})


def h5(path):
    tensors = {}
    with h5py.File(path) as f:
        for layer in f.attrs["layer_names"]:
            group = f[layer.decode()]
            for name in group.attrs["weight_names"]:
                tensors[name.decode()] = group[name.decode()][()]
    np.savez(path + ".npz", **{k.replace("/", "|"): v for k, v in tensors.items()})


def main(folder):
    for path in sorted(glob.glob(os.path.join(folder, "*.onnx"))):
        run(path)
    for path in sorted(glob.glob(os.path.join(folder, "*.h5"))):
        h5(path)
    for path in sorted(glob.glob(os.path.join(folder, "*.safetensors"))):
        np.savez(path + ".npz", **{k.replace("/", "|"): v for k, v in load_file(path).items()})
    with open(os.path.join(folder, "version"), "w") as f:
        f.write("ONNX Runtime %s, onnx %s" % (onnxruntime.__version__, onnx.__version__))


if __name__ == "__main__":
    main(sys.argv[1])
