"""TensorFlow's 'same' padding, which depends on the input size: layers_tf.json, layers_tf.npz.

Made by TensorFlow 2.15.1 on the CPU in float64, numpy 1.26 (requirements-keras.txt).
Run: python spec/golden/layers_tf.py.

Input of size S: floor(PCG64(S).random((C, S, S)) * 256) / 128 - 1, for pools - 2 (all negative, so that a maximum over
padding zeros shows), float32, one image in C,H,W; C is in the case. Kernels (HWIO) are float32 from PCG64(17), in the
order of the cases.
layers_tf.json: cases[] {name, layer, options, size, channels, pad_before_after [[top, bottom], [left, right]] by the
rule total = max((ceil(S / stride) - 1) * stride + kernel - S, 0), before = total // 2, output_shape (C,H,W), sum,
norm}.
layers_tf.npz: NAME/kernel; NAME/first_row (C,W), last_column (C,H): the edges are what padding changes; NAME/output in
full for the small inputs. f32.
"""
import os

import numpy as np

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
import tensorflow as tf

from common import pixels, rng, save_npz, write_json

stream = rng(17)
cases, arrays = [], {}


def image(size, channels, less):
    return pixels(size, (channels, size, size)).astype(np.float32) / 128 - less


def same(size, kernel, stride):
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return [total // 2, total - total // 2]


def case(layer, size, kernel, stride, padding, channels=3, out=2):
    name = "%s_%dx%d_s%d_%s/%d" % (layer, kernel, kernel, stride, padding, size)
    x = tf.constant(image(size, channels, 1 if layer == "conv2d" else 2).transpose(1, 2, 0)[None].astype(np.float64))
    pad = same(size, kernel, stride) if padding == "same" else [0, 0]
    options = {"kernel": kernel, "stride": stride, "pad": "same_tf" if padding == "same" else 0}
    if layer == "conv2d":
        w = (stream.random((kernel, kernel, channels, out)) * 2 - 1).astype(np.float32)
        arrays[name + "/kernel"] = w
        options.update(out=out, bias=False)
        y = tf.nn.conv2d(x, w.astype(np.float64), stride, padding.upper())
        by_hand = tf.pad(x, [[0, 0], pad, pad, [0, 0]])
        assert np.allclose(y, tf.nn.conv2d(by_hand, w.astype(np.float64), stride, "VALID"), rtol=0, atol=1e-12)
    else:
        pool = tf.nn.max_pool2d if layer == "max_pool" else tf.nn.avg_pool2d
        y = pool(x, kernel, stride, padding.upper())
    y = y.numpy()[0].transpose(2, 0, 1)
    cases.append({"name": name, "layer": layer, "options": options, "size": size, "channels": channels,
                  "pad_before_after": [pad, pad], "output_shape": list(y.shape), "sum": float(y.sum()),
                  "norm": float(np.linalg.norm(y))})
    if size < 9:
        arrays[name + "/output"] = y.astype(np.float32)
        return
    arrays[name + "/first_row"] = y[:, 0].astype(np.float32)
    arrays[name + "/last_column"] = y[:, :, -1].astype(np.float32)


def main():
    for size in (197, 224, 255):
        case("conv2d", size, 7, 2, "same")
        case("conv2d", size, 3, 2, "same", out=1)
        case("conv2d", size, 1, 2, "same", out=1)
        case("max_pool", size, 3, 2, "same", channels=1)
        case("max_pool", size, 3, 2, "valid", channels=1)
        case("max_pool", size, 2, 2, "same", channels=1)
    for size in (5, 6, 7, 8):
        case("conv2d", size, 3, 1, "same", channels=2)
        case("conv2d", size, 3, 2, "same", channels=2)
        case("conv2d", size, 4, 3, "same", channels=2)
        case("max_pool", size, 3, 2, "same", channels=2)
        case("max_pool", size, 2, 3, "same", channels=2)
        # The padding does not count: TensorFlow divides by the number of real pixels.
        case("avg_pool", size, 3, 2, "same", channels=2)
    write_json("layers_tf.json", {"made_by": "spec/golden/layers_tf.py", "versions": {"tensorflow": tf.__version__},
                                  "cases": cases})
    save_npz("layers_tf.npz", arrays)
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
