"""What OpenVINO computes of retail-0095, layer by layer: `openvino_layers.py SEED FOLDER`, for spec/parity/run.lua.

Environment: openvino
The weights are the real ones of ../shared/weights. Writes to FOLDER what keras_layers.py does, but net.xml and net.bin for
the weights. Photos: all of lfw10, the middle 128 x 128 pixels, BGR; layers of two of them, other ones for each seed.
"""
import glob
import json
import os
import shutil
import sys

import numpy as np
import openvino as ov
from PIL import Image

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "golden"))

from common import DATA, WEIGHTS

RETAIL = os.path.join(WEIGHTS, "retail-0095", "face-reidentification-retail-0095")
SHOWN = 2


def photos():
    files = sorted(glob.glob(DATA + "/lfw10/*/*.jpg"))
    crops = [np.asarray(Image.open(f).convert("RGB"))[61:189, 61:189, ::-1] for f in files]
    people = [os.path.basename(os.path.dirname(f)) for f in files]
    return np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32), people


def compiled(core, model):
    return core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})


def source(port):
    """The name of the layer that a model's output gives."""
    return port.get_node().input_value(0).get_node().get_friendly_name()


def layers(core, path, x):
    """Every layer's output by its name, one photo at a time: the file's batch is 1."""
    model = core.read_model(path)
    others = ("Constant", "Parameter", "Result", "Convert")
    given = [source(port) for port in model.outputs]
    names = [n.get_friendly_name() for n in model.get_ordered_ops() if n.get_type_name() not in others]
    model.add_outputs([(name, 0) for name in names if name not in given])
    net = compiled(core, model)
    results = [list(net(one[None]).values()) for one in x]
    return {source(port): np.concatenate([r[i] for r in results]) for i, port in enumerate(model.outputs)}


def main():
    seed, folder = int(sys.argv[1]), sys.argv[2]
    core, (x, people) = ov.Core(), photos()
    path = os.path.join(folder, "net.xml")
    shutil.copyfile(RETAIL + ".xml", path)
    shutil.copyfile(RETAIL + ".bin", os.path.join(folder, "net.bin"))
    shown = x[np.arange(SHOWN) * 50 + seed]
    np.savez(os.path.join(folder, "layers.npz"), **{"0": shown}, **layers(core, path, shown))
    net = compiled(core, core.read_model(path))
    y = np.concatenate([net(one[None])[0] for one in x]).reshape(len(x), -1)
    np.save(os.path.join(folder, "inputs.npy"), x)
    np.save(os.path.join(folder, "embeddings.npy"), y)
    version = ov.__version__.split("-")[0]
    json.dump({"people": people, "framework": "OpenVINO " + version}, open(os.path.join(folder, "people.json"), "w"))


if __name__ == "__main__":
    main()
