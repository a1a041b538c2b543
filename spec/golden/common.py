"""What the golden scripts share: where the photos lie, hashes, how JSON is written.

Not a golden itself. The scripts run the real frameworks, never visage.
"""
import hashlib
import json
import os
import re

import numpy as np

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
DATA = os.environ.get("VISAGE_DATA", os.path.join(ROOT, "..", "shared", "data"))
WEIGHTS = os.path.join(DATA, "..", "weights")


def rng(seed):
    """numpy's PCG64 stream; only its random() is used, so it is easy to rebuild."""
    return np.random.Generator(np.random.PCG64(seed))


def pixels(seed, shape):
    """Noise as a u8 image: floor(random() * 256), C order."""
    return np.floor(rng(seed).random(shape) * 256).astype(np.uint8)


def digest(x):
    """[norm, p1 .. p4] of an array: p_k is the sum of its products, C order, with PCG64(k).random() * 2 - 1. Runs whose
    p differ by d differ by about sqrt(3) * rms(d), so five numbers tell the relative error of a whole layer."""
    x = np.asarray(x, np.float64).ravel()
    return [float(np.linalg.norm(x))] + [float(x @ (rng(k).random(x.size) * 2 - 1)) for k in (1, 2, 3, 4)]


def seed_torch(net, stream, gain=6):
    """Gives a torch module seeded weights, in the order of its state dict; returns [[name, shape]] of it. Kernels of
    convolutions and dense layers are (u * 2 - 1) * sqrt(gain / fan_in), batch norm's gamma and variance 0.5 + u, PReLU's slope
    u / 2, everything else (biases, beta, means) (u * 2 - 1) / 2; u is random() of the shape, cast to float32 at the end."""
    import torch
    state, listing = net.state_dict(), []
    slopes = {name + ".weight" for name, m in net.named_modules() if isinstance(m, torch.nn.PReLU)}
    for name, value in state.items():
        if name.endswith("num_batches_tracked"):
            continue
        u, shape = stream.random(tuple(value.shape)), list(value.shape)
        if name in slopes:
            drawn = u / 2
        elif len(shape) > 1:
            drawn = (u * 2 - 1) * np.sqrt(gain / np.prod(shape[1:]))
        elif name.endswith(("weight", "running_var")):
            drawn = 0.5 + u
        else:
            drawn = (u * 2 - 1) / 2
        value.copy_(torch.from_numpy(drawn.astype(np.float32)))
        listing.append([name, shape])
    return listing


def sha256(x):
    """sha256 of bytes, or of an array's little-endian C-order bytes."""
    if isinstance(x, np.ndarray):
        x = np.ascontiguousarray(x).astype(x.dtype.newbyteorder("<")).tobytes()
    return hashlib.sha256(x).hexdigest()


def write_json(name, value):
    """Indented JSON, arrays of scalars and short rows on one line; floats with all their digits."""
    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    scalar = r'-?[\d.eE+-]+|"[^"\n]*"|true|false|null'
    for item, limit in ((scalar, 1 << 30), (scalar + r"|\[[^\[\]\n]*\]", 120), (scalar + r"|\[[^\n]*\]", 120)):
        rows = re.compile(r"\[\s*((?:%s)(?:,\s*(?:%s))*)\s*\]" % (item, item))
        flat = lambda m: "[" + re.sub(r"\s*\n\s*", " ", m.group(1)) + "]"
        text = rows.sub(lambda m: flat(m) if len(flat(m)) <= limit else m.group(0), text)
    assert json.loads(text) == json.loads(json.dumps(value))
    with open(os.path.join(HERE, name), "w") as f:
        f.write(text + "\n")


def save_npz(name, arrays):
    """np.savez_compressed with fixed time stamps, so that a rerun gives the same bytes."""
    import io
    import zipfile
    with zipfile.ZipFile(os.path.join(HERE, name), "w", zipfile.ZIP_DEFLATED, compresslevel=9) as z:
        for key, a in arrays.items():
            buf = io.BytesIO()
            np.lib.format.write_array(buf, np.asanyarray(a), allow_pickle=False)
            z.writestr(zipfile.ZipInfo(key + ".npy", (1980, 1, 1, 0, 0, 0)), buf.getvalue(),
                       compress_type=zipfile.ZIP_DEFLATED, compresslevel=9)
