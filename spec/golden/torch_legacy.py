"""Reads the tensors of a legacy torch.save file without PyTorch. Not a golden itself."""
import pickle
from collections import OrderedDict

import numpy as np


class Legacy(pickle.Unpickler):
    """Reads the tensors of a legacy torch.save without torch."""
    def find_class(self, module, name):
        return {"OrderedDict": OrderedDict, "FloatStorage": np.float32,
                "_rebuild_tensor_v2": lambda s, offset, size, stride, *_: (s, offset, size, stride)}[name]

    def persistent_load(self, pid):
        return pid[2]


def read_pt(path):
    f = open(path, "rb")
    for _ in range(3):
        pickle.load(f)
    state = Legacy(f).load()
    storages = {}
    for key in pickle.load(f):
        n = int.from_bytes(f.read(8), "little")
        storages[key] = np.frombuffer(f.read(4 * n), "<f4")
    return {k: np.lib.stride_tricks.as_strided(storages[s][o:], size, [4 * x for x in stride])
            for k, (s, o, size, stride) in state.items()}
