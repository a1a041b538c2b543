"""Goldens of OpenVINO IR: openvino_ir.json, openvino_ir.npz and openvino/{tiny_v11,ops}.{xml,bin}.

Environment: openvino
Made by OpenVINO 2026.4.1 on the CPU, inference precision f32 (requirements-openvino.txt).
Run: python spec/golden/openvino_ir.py; ../shared/weights/retail-0095 and ../shared/data/lfw10.

openvino/tiny_v11  openvino_tiny.py's network as the current converter and save_model write it, fp16 constants
openvino/ops       operators and attributes that it lacks, fp32 constants; every output is one case
JSON  NAME.outputs {value: shape}, the numbers are NAME.OUTPUT's place in the .npz
      retail.taps {layer: shape, norm, first}: of two noise images, floor(PCG64(128).random((2, 3, 128, 128)) * 256), whose
      embeddings are retail.noise in the .npz; the second is smoothed, each pixel its 8x8 cell's mean, rounded down
      retail.people: photos of lfw10, the middle 128 x 128 pixels (the face's place there) in BGR. An embedding is a
      person's: so only retail.mixed is kept, 4 sums over the people of (embedding - mean embedding) with the factors
      PCG64(95).random((4, people)) - 0.5; from four sums nobody's can be had. distance: the median Euclidean distance
      of two people's embeddings
"""
import glob
import os
import sys

import numpy as np
import openvino as ov
from openvino import opset13 as op
from PIL import Image

from common import DATA, HERE, WEIGHTS, pixels, rng, save_npz, sha256, write_json
from openvino_tiny import image, model as tiny_model

FOLDER = os.path.join(HERE, "openvino")
RETAIL = os.path.join(WEIGHTS, "retail-0095", "face-reidentification-retail-0095.xml")
# The first sum, a squeeze, its gate, a sum of a residual block, the map before the head, and the head.
TAPS = ("409", "412", "425", "429", "444", "636", "657", "658")


def run(core, model, x):
    """{output's name: array}; the names are those of the layers that give them."""
    net = core.compile_model(model, "CPU", {"INFERENCE_PRECISION_HINT": "f32"})
    values = net(x)
    layer = lambda port: port.get_node().input_value(0).get_node().get_friendly_name()
    return {layer(given): values[port] for port, given in zip(net.outputs, model.outputs)}


def save(model, name, fp16):
    ov.save_model(model, os.path.join(FOLDER, name + ".xml"), compress_to_fp16=fp16)


def tiny_v11():
    import onnx
    path = os.path.join(FOLDER, "tiny.onnx")
    onnx.save(tiny_model(), path)
    model = ov.convert_model(path)
    os.remove(path)
    steps = ov.preprocess.PrePostProcessor(model)
    steps.input().tensor().set_layout(ov.Layout("NCHW"))
    steps.input().preprocess().mean([127.5] * 3).scale([64.0] * 3)
    save(steps.build(), "tiny_v11", True)


def windows(x, w):
    """Convolutions and poolings: automatic padding and what rounds up."""
    one, zero = [1, 1], [0, 0]
    yield "same_upper", op.convolution(x, w, [2, 2], zero, zero, one, "same_upper")
    yield "same_lower", op.convolution(x, w, [2, 2], zero, zero, one, "same_lower")
    yield "valid", op.convolution(x, w, [2, 2], [1, 1], [1, 1], [2, 2], "valid")
    yield "uneven", op.convolution(x, w, one, [0, 1], [2, 1], one)
    yield "max_ceil", op.max_pool(x, [2, 2], one, zero, zero, [3, 3], "ceil", "explicit")
    yield "max_same", op.max_pool(x, [2, 2], one, zero, zero, [2, 2], "floor", "same_upper")
    yield "mean_ceil", op.avg_pool(x, [2, 2], [1, 1], [1, 1], [3, 3], True, "ceil")
    yield "mean_pad", op.avg_pool(x, [2, 2], [1, 1], [1, 1], [3, 3], False, "floor")
    yield "mean_same", op.avg_pool(x, [2, 2], zero, zero, [2, 2], True, "floor", "same_upper")


def elementwise(x, draw):
    channel = lambda: op.constant(draw(1, 4, 1, 1))
    yield "subtract", op.subtract(x, channel())
    yield "constant_minus", op.subtract(op.constant(np.float32(1)), x)
    yield "divide", op.divide(x, op.constant(draw(1, 4, 1, 1) + 1))
    yield "multiply", op.multiply(op.constant(draw(4, 1, 1)), x)
    yield "power", op.power(x, op.constant(np.float32(2)))
    yield "difference", op.subtract(x, op.sigmoid(x))
    yield "slope", op.prelu(x, op.constant(draw(4)))
    yield "one_slope", op.prelu(x, op.constant(draw(1)))
    yield "clamp", op.clamp(x, -0.25, 0.3)
    yield "batch_norm", op.batch_norm_inference(x, *(op.constant(draw(4) + 1) for _ in range(4)), 1e-2)
    yield "larger", op.interpolate(x, op.constant(np.array([21, 18], np.int64)), "nearest", "sizes", None, None,
                                   "asymmetric", "floor", False, -0.75, op.constant(np.array([2, 3], np.int64)))


def shapes(x, draw):
    """Reductions, reshapes by computed shapes, axes that come, go and change places."""
    whole = lambda *n: op.constant(np.array(n, np.int64))
    yield "mean_kept", op.reduce_mean(x, whole(2, 3), True)
    yield "mean_gone", op.reduce_mean(x, whole(-1, -2), False)
    yield "highest", op.reduce_max(x, whole(2, 3), True)
    size = op.shape_of(x)
    batch = op.gather(size, whole(0), op.constant(np.int64(0)))
    flat = op.reshape(x, op.concat([batch, whole(-1)], 0), False)
    yield "flattened", flat
    weight = op.constant(draw(5, 4 * 7 * 6))
    yield "dense", op.add(op.matmul(flat, weight, False, True), op.constant(draw(1, 5)))
    yield "reshaped", op.reshape(x, whole(0, 2, -1, 6), True)
    yield "turned", op.transpose(x, whole(0, 2, 3, 1))
    square = op.unsqueeze(op.unsqueeze(op.reduce_mean(x, whole(2, 3), False), whole(2)), whole(-1))
    yield "squeezed", op.squeeze(square, whole(2, 3))
    yield "joined", op.concat([x, op.relu(x)], -3)
    yield "softmax", op.softmax(flat, -1)
    yield "unit", op.normalize_l2(op.reduce_mean(x, whole(2, 3), False), whole(1), 1e-12, "max")
    left = op.strided_slice(size, whole(0), whole(2), whole(1), [0], [0])
    yield "sliced", op.reshape(x, op.concat([left, whole(-1)], 0), False)


def ops():
    stream = rng(97)
    draw = lambda *shape: (stream.random(shape) - 0.5).astype(np.float32)
    data = op.parameter([1, 4, 7, 6], np.float32, name="data")
    weight = op.constant(draw(6, 4, 3, 3))
    results = []
    for name, value in [*windows(data, weight), *elementwise(data, draw), *shapes(data, draw)]:
        value.set_friendly_name(name)
        results.append(value.output(0))
    save(ov.Model(results, [data], "ops"), "ops", False)


def faces():
    """Name and the middle of the first photo of each person, (N, 3, 128, 128) BGR."""
    paths = [sorted(glob.glob(folder + "/*.jpg"))[0] for folder in sorted(glob.glob(DATA + "/lfw10/*"))]
    crops = [np.asarray(Image.open(path).convert("RGB"))[61:189, 61:189, ::-1] for path in paths]
    names = [os.path.relpath(path, DATA).replace(os.sep, "/") for path in paths]
    return names, np.stack(crops).transpose(0, 3, 1, 2).astype(np.float32)


def noise():
    u8 = pixels(128, (2, 3, 128, 128))
    cells = u8[1].reshape(3, 16, 8, 16, 8).mean((2, 4)).astype(np.uint8)
    u8[1] = np.repeat(np.repeat(cells, 8, 1), 8, 2)
    return u8.astype(np.float32)


def retail(core, arrays):
    model = core.read_model(RETAIL)
    embed = lambda x: np.concatenate([next(iter(run(core, model, one[None]).values())) for one in x]).reshape(len(x), -1)
    names, x = faces()
    y = embed(x)
    factors = rng(95).random((4, len(names))) - 0.5
    arrays["retail.mixed"] = (factors @ (y - y.mean(0)).astype(np.float64)).astype(np.float32)
    arrays["retail.noise"] = embed(noise())
    between = [np.linalg.norm(a - b) for i, a in enumerate(y) for b in y[:i]]
    tapped = core.read_model(RETAIL)
    tapped.add_outputs([(name, 0) for name in TAPS if name != "658"])
    seen = [run(core, tapped, one[None]) for one in noise()]
    taps = {}
    for name in TAPS:
        a = np.concatenate([s[name] for s in seen])
        taps[name] = {"shape": list(a.shape), "norm": float(np.linalg.norm(a.astype(np.float64))),
                      "first": a[0, :8, 0, 0].tolist()}
    return {"sha256": sha256(open(RETAIL, "rb").read()), "people": names, "faces_sha256": sha256(x.astype(np.uint8)),
            "distance": float(np.median(between)), "taps": taps}


def main():
    core, arrays, found = ov.Core(), {}, {"made_by": "spec/golden/openvino_ir.py", "versions": {"openvino": ov.__version__}}
    tiny_v11()
    ops()
    inputs = {"tiny_v11": image(), "ops": (rng(98).random((1, 4, 7, 6)) * 2 - 1).astype(np.float32)}
    for name, x in inputs.items():
        outputs = run(core, core.read_model(os.path.join(FOLDER, name + ".xml")), x)
        arrays.update({"%s.%s" % (name, k): v for k, v in outputs.items()})
        found[name] = {"outputs": {k: list(v.shape) for k, v in outputs.items()}}
    found["retail"] = retail(core, arrays)
    write_json("openvino_ir.json", found)
    save_npz("openvino_ir.npz", arrays)
    print({k: v for k, v in found["retail"].items() if k != "people"}, file=sys.stderr)


if __name__ == "__main__":
    main()
