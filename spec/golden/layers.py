"""One small seeded case per layer by PyTorch: layers.json, layers.npz.

Made by PyTorch 1.12.1 on the CPU, numpy 1.26 (requirements-torch.txt). Run: python spec/golden/layers.py.

Inputs and parameters are float32 values from PCG64(31), in the order of the file; outputs are computed in float64 from
them and rounded to float32, so an error of a few 1e-7 is the reader's own.
layers.json: cases[] {name, layer, options, output_shape, input}: `input` is the key of the input, which cases share;
  options use the words of core/graph: pad is {top, bottom, left, right}, axes start at 1.
layers.npz: the inputs (N,C,H,W or N,F); NAME/weight, bias, mean, var, gamma, beta, slope where the layer has them;
  NAME/output. The TensorFlow cases ('same' padding) are in layers_tf.
"""
import numpy as np
import torch
import torch.nn.functional as F

from common import rng, save_npz, write_json

stream = rng(31)
cases, arrays = [], {}


def draw(*shape):
    return (stream.random(shape) * 2 - 1).astype(np.float32)


def case(name, layer, options, run, **tensors):
    """run gets float64 tensors by name."""
    y = run(**{k: torch.from_numpy(v).double() for k, v in tensors.items()})
    cases.append({"name": name, "layer": layer, "options": options, "output_shape": list(y.shape)})
    for k, v in tensors.items():
        arrays[name + "/" + k] = v
    arrays[name + "/output"] = y.numpy().astype(np.float32)


def conv(name, x, out, kernel, stride=(1, 1), pad=(0, 0, 0, 0), dilation=(1, 1), groups=1, bias=True):
    top, bottom, left, right = pad
    tensors = {"input": x, "weight": draw(out, x.shape[1] // groups, *kernel)}
    if bias:
        tensors["bias"] = draw(out)

    def run(input, weight, bias=None):
        return F.conv2d(F.pad(input, (left, right, top, bottom)), weight, bias, stride, 0, dilation, groups)
    case(name, "conv2d", {"out": out, "kernel": kernel, "stride": stride, "pad": pad, "dilation": dilation,
                          "groups": groups, "bias": bias}, run, **tensors)


def pools():
    # -2 makes a maximum taken over padding zeros show.
    x = draw(2, 3, 8, 7) - 2
    for name, kernel, stride, pad, ceil in (
            ("valid", 3, 2, 0, False), ("ceil", 3, 2, 0, True), ("pad1", 3, 2, 1, False), ("pad1_ceil", 3, 2, 1, True),
            ("2x2_ceil", 2, 2, 0, True), ("overhang", 2, 3, 1, True), ("stride1", 3, 1, 1, False)):
        options = {"kernel": kernel, "stride": stride, "pad": pad, "ceil": ceil}
        case("max_pool/" + name, "max_pool", options,
             lambda input: F.max_pool2d(input, kernel, stride, pad, ceil_mode=ceil), input=x)
        for include in (True, False) if pad or ceil else (True,):
            case("avg_pool/%s%s" % (name, "" if include else "_exclude_pad"), "avg_pool",
                 dict(options, count_include_pad=include),
                 lambda input: F.avg_pool2d(input, kernel, stride, pad, ceil, include), input=x)
    case("global_pool/avg", "global_pool", {"kind": "avg"}, lambda input: input.mean((2, 3), keepdim=True), input=x)
    case("global_pool/max", "global_pool", {"kind": "max"}, lambda input: input.amax((2, 3), keepdim=True), input=x)


def pointwise():
    x = draw(2, 5, 4, 3) * 3
    gamma, beta, mean = draw(5) + 1.5, draw(5), draw(5)
    var = draw(5) * np.float32(0.5) + np.float32(0.6)
    for eps in (1e-3, 1e-4, 1e-5):
        case("batch_norm/%g" % eps, "batch_norm", {"eps": eps},
             lambda input, gamma, beta, mean, var: F.batch_norm(input, mean, var, gamma, beta, False, 0, eps),
             input=x, gamma=gamma, beta=beta, mean=mean, var=var)
    case("scale/bias", "scale", {"bias": True}, lambda input, weight, bias: input * weight.view(1, -1, 1, 1)
         + bias.view(1, -1, 1, 1), input=x, weight=gamma, bias=beta)
    case("relu/4d", "relu", {}, lambda input: F.relu(input), input=x)
    case("prelu/channel", "prelu", {}, lambda input, slope: F.prelu(input, slope), input=x, slope=draw(5))
    case("prelu/2d", "prelu", {}, lambda input, slope: F.prelu(input, slope), input=draw(3, 6), slope=draw(6))
    # Far out on both sides: exp must not overflow.
    far = np.array([[0, 1, -1, 5, -5, 30, -30, 90, -90, 200, -200, 0.5]], np.float32)
    case("sigmoid/far", "sigmoid", {}, lambda input: torch.sigmoid(input), input=far)
    case("softmax/2d", "softmax", {"axis": 2}, lambda input: F.softmax(input, 1), input=draw(3, 7) * 10)
    case("softmax/channel", "softmax", {"axis": 2}, lambda input: F.softmax(input, 1), input=x)
    case("softmax/far", "softmax", {"axis": 2}, lambda input: F.softmax(input, 1), input=far)
    v = draw(4, 6)
    v[2] = 0
    case("l2_normalize/2d", "l2_normalize", {"eps": 1e-12}, lambda input: F.normalize(input, dim=1), input=v)
    case("l2_normalize/channel", "l2_normalize", {"eps": 1e-12}, lambda input: F.normalize(input, dim=1), input=x)
    case("linear/bias", "linear", {"out": 5, "bias": True}, lambda input, weight, bias: F.linear(input, weight, bias),
         input=draw(3, 7), weight=draw(5, 7), bias=draw(5))
    case("linear/no_bias", "linear", {"out": 4, "bias": False}, lambda input, weight: F.linear(input, weight),
         input=draw(2, 6), weight=draw(4, 6))
    case("permute/0321_flatten", "permute", {"order": [1, 4, 3, 2], "then": "flatten"},
         lambda input: input.permute(0, 3, 2, 1).flatten(1), input=draw(2, 3, 4, 2))


def convs():
    x = draw(2, 4, 9, 8)
    conv("conv2d/1x1", x, 5, (1, 1))
    conv("conv2d/3x3_pad1", x, 5, (3, 3), pad=(1, 1, 1, 1))
    conv("conv2d/3x3_stride2", x, 3, (3, 3), (2, 2), (1, 1, 1, 1), bias=False)
    conv("conv2d/1x1_stride2", x, 3, (1, 1), (2, 2), bias=False)
    conv("conv2d/7x7_asymmetric", x, 2, (7, 7), (2, 2), (2, 3, 2, 3), bias=False)
    conv("conv2d/uneven", x, 3, (3, 2), (2, 1), (0, 2, 1, 0))
    conv("conv2d/dilated", x, 3, (3, 3), (1, 1), (2, 2, 2, 2), (2, 2))
    conv("conv2d/dilated_stride", x, 2, (2, 3), (2, 1), (1, 0, 3, 1), (3, 2))
    conv("conv2d/groups2", x, 6, (3, 3), pad=(1, 1, 1, 1), groups=2)
    conv("conv2d/depthwise", x, 4, (3, 3), (2, 2), (1, 1, 1, 1), groups=4, bias=False)
    conv("conv2d/depthwise_twice", x, 8, (3, 3), groups=4)
    conv("conv2d/whole", x, 3, (9, 8))


def areas():
    """torch's interpolate(mode="area") on floats, facenet-pytorch's resize: adaptive average pooling."""
    x = draw(1, 3, 13, 11)
    for h, w in ((5, 4), (12, 12), (24, 24), (13, 11), (1, 1), (6, 20)):
        case("adaptive_area/%dx%d" % (w, h), "adaptive_area", {"size": [w, h]},
             lambda input: F.interpolate(input, size=(h, w), mode="area"), input=x)


def later():
    """What came later, at the end so that the cases before keep their numbers."""
    x = draw(2, 3, 4, 5) * 2
    case("relu/leaky", "relu", {"slope": 0.1}, lambda input: F.leaky_relu(input, 0.1), input=x)
    case("upsample/3x", "upsample", {"scale": 3}, lambda input: F.interpolate(input, scale_factor=3), input=x)
    for h, w in ((7, 9), (8, 10), (5, 23), (4, 5)):
        case("upsample/%dx%d" % (w, h), "upsample", {"size": [h, w]}, lambda input: F.interpolate(input, size=(h, w)),
             input=x)
    case("clip/bounded", "clip", {"low": 0, "high": 1.5}, lambda input: F.hardtanh(input, 0, 1.5), input=x)
    case("reshape/anchors", "reshape", {"shape": [-1, 6]}, lambda input: input.reshape(2, -1, 6), input=x)


def main():
    convs(), pools(), pointwise(), areas(), later()
    # An input used by many cases is stored once.
    seen = {}
    for k in [k for k in arrays if k.endswith("/input")]:
        key = (arrays[k].shape, arrays[k].tobytes())
        seen.setdefault(key, k)
    for c in cases:
        k = c["name"] + "/input"
        c["input"] = seen[(arrays[k].shape, arrays[k].tobytes())]
    for k in {c["name"] + "/input" for c in cases} - {c["input"] for c in cases}:
        del arrays[k]
    write_json("layers.json", {"made_by": "spec/golden/layers.py", "versions": {"torch": torch.__version__},
                               "cases": cases})
    save_npz("layers.npz", arrays)
    print(len(cases), "cases")


if __name__ == "__main__":
    main()
