"""The nets of caffe.py, as Caffe's messages; not a golden itself.

Every net comes with weights from one PCG64 stream: layer by layer, blob by blob, C order, float64 then cast to float32.
"""
import numpy as np

from caffe_proto import NetParameter, add_blob
from common import rng


def fill(message, values):
    """Sets fields of a message from a dict; lists extend, dicts fill."""
    for key, value in values.items():
        if isinstance(value, dict):
            fill(getattr(message, key), value)
        elif isinstance(value, (list, tuple)):
            items = getattr(message, key)
            for item in value:
                fill(items.add(), item) if isinstance(item, dict) else items.append(item)
        else:
            setattr(message, key, value)


class Builder:
    def __init__(self, name, seed, shape, first="data", legacy=False):
        self.net = NetParameter(name=name)
        self.stream = rng(seed)
        self.legacy = legacy
        self.channels = {first: shape[1]}
        self.shape = shape
        self.first = first

    def draw(self, *shape):
        return self.stream.random(shape)

    def layer(self, name, kind, bottom, top=None, blobs=(), **fields):
        """Adds one; returns its top. bottom and top are names or lists; top None is a new one of the layer's name."""
        layer = (self.net.layers if self.legacy else self.net.layer).add(name=name)
        layer.type = type(layer).LayerType.Value(kind) if self.legacy else kind
        bottom = [bottom] if isinstance(bottom, str) else bottom
        top = [top or name] if top is None or isinstance(top, str) else top
        layer.bottom.extend(bottom)
        layer.top.extend(top)
        for blob in blobs:
            add_blob(layer, np.asarray(blob, np.float32), self.legacy)
        fill(layer, fields)
        if bottom:
            self.channels.setdefault(top[0], self.channels[bottom[0]])
        return top[0]

    def conv(self, name, bottom, out, kernel, kind="Convolution", bias=True, groups=1, **param):
        """kernel is (height, width)."""
        fan_in = self.channels[bottom] // groups * kernel[0] * kernel[1]
        blobs = [(self.draw(out, self.channels[bottom] // groups, *kernel) * 2 - 1) * np.sqrt(3 / fan_in)]
        if bias:
            blobs.append((self.draw(out) * 2 - 1) * 0.1)
        else:
            param["bias_term"] = False
        if groups > 1:
            param["group"] = groups
        if "kernel_h" not in param:
            param["kernel_size"] = [kernel[0]]
        self.channels[name] = out
        return self.layer(name, kind, bottom, blobs=blobs, convolution_param=dict(num_output=out, **param))

    def batch_norm(self, name, top, eps=None, factor=2.0):
        """In place: BatchNorm NAME and Scale NAME/scale. The blobs are the statistics times the factor."""
        c = self.channels[top]
        mean, var = self.draw(c) * 2 - 1, self.draw(c) * 2 + 1
        param = {"batch_norm_param": {"eps": eps}} if eps else {}
        self.layer(name, "BatchNorm", top, top, [mean, var, [factor]], **param)
        gamma, beta = self.draw(c) + 0.5, (self.draw(c) * 2 - 1) * 0.5
        return self.layer(name + "/scale", "Scale", top, top, [gamma, beta], scale_param={"bias_term": True})

    def dense(self, name, bottom, out, width, kind="InnerProduct", transpose=False, **param):
        w = (self.draw(width, out) if transpose else self.draw(out, width)) * 2 - 1
        b = (self.draw(out) * 2 - 1) * 0.1
        if transpose:
            param["transpose"] = True
        self.channels[name] = out
        return self.layer(name, kind, bottom, blobs=[w * np.sqrt(3 / width), b],
                          inner_product_param=dict(num_output=out, **param))

    def input_layer(self):
        self.layer(self.first, "Input", [], input_param={"shape": [{"dim": list(self.shape)}]})
        return self.first

    def input_fields(self, dims):
        self.net.input.append(self.first)
        if dims:
            self.net.input_dim.extend(self.shape)
        else:
            self.net.input_shape.add().dim.extend(self.shape)
        return self.first


def conv_bn(b, name, bottom, out, kernel, relu=None, **param):
    x = b.conv(name, bottom, out, (kernel, kernel), bias=False, **param)
    b.batch_norm(name + "/bn", x)
    return b.layer(relu, "ReLU", x, x) if relu else x


def factors(b, name, x, width):
    """A squeeze-and-excitation block's factor per channel."""
    s = b.layer(name + "_global_pool", "Pooling", x, pooling_param={"pool": 1, "global_pooling": True})
    s = b.conv(name + "_1x1_down", s, width, (1, 1))
    s = b.layer(name + "_1x1_down/relu", "ReLU", s, s)
    s = b.conv(name + "_1x1_up", s, b.channels[x], (1, 1))
    return b.layer(name + "_prob", "Sigmoid", s, s)


def joined(b, name, x, shortcut, squeeze, axpy):
    """A block's end: x, times its factors where there are some, plus the shortcut. OpenCV has no Axpy; the same sum is a
    Scale by a second input and an Eltwise."""
    if squeeze:
        s = factors(b, name, x, b.channels[x] // squeeze)
    if squeeze and axpy:
        x = b.layer(name, "Axpy", [s, x, shortcut])
    else:
        if squeeze:
            s = b.layer(name + "_flat", "Reshape", s, reshape_param={"shape": {"dim": [0, 0]}})
            x = b.layer(name + "_scaled", "Scale", [x, s], scale_param={"axis": 0})
        x = b.layer(name, "Eltwise", [x, shortcut])
    return b.layer(name + "/relu", "ReLU", x, x)


def residual(name, seed, size, stages, first, classes, axpy=True, squeeze=16):
    """The layout of the published Caffe nets of VGGFace2: stem 7x7 with padding 3, pooling that rounds up, the stride on
    the first 1x1, BatchNorm with its default eps, Axpy. stages: (number, blocks, inner, outer); squeeze None: no SE."""
    b = Builder(name, seed, (1, 3, size, size))
    x = b.input_layer()
    x = conv_bn(b, "conv1/7x7_s2", x, first, 7, "conv1/relu_7x7_s2", pad=[3], stride=[2])
    x = b.layer("pool1/3x3_s2", "Pooling", x, pooling_param={"pool": 0, "kernel_size": 3, "stride": 2})
    for number, blocks, inner, outer in stages:
        for i in range(1, blocks + 1):
            n = "conv%d_%d" % (number, i)
            stride = 2 if i == 1 and number > 2 else 1
            y = conv_bn(b, n + "_1x1_reduce", x, inner, 1, n + "_1x1_reduce/relu", stride=[stride])
            y = conv_bn(b, n + "_3x3", y, inner, 3, n + "_3x3/relu", pad=[1])
            y = conv_bn(b, n + "_1x1_increase", y, outer, 1)
            if i == 1:
                x = conv_bn(b, n + "_1x1_proj", x, outer, 1, stride=[stride])
            x = joined(b, n, y, x, squeeze, axpy)
    side = (size // 2 // 2) // 2 ** (len(stages) - 1)
    x = b.layer("pool5/7x7_s1", "Pooling", x, pooling_param={"pool": 1, "kernel_size": side, "stride": 1})
    b.layer("prob", "Softmax", b.dense("classifier", x, classes, b.channels[x]))
    return b.net


OXFORD = [(2, 3, 64, 256), (3, 4, 128, 512), (4, 6, 256, 1024), (5, 3, 512, 2048)]


def resnet50(seed):
    return residual("resnet50", seed, 224, OXFORD, 64, 10, squeeze=None)


def senet50(axpy=True, seed=50):
    return residual("senet50", seed, 224, OXFORD, 64, 10, axpy)


def squeezed(axpy=True):
    return residual("squeezed", 51, 32, [(2, 2, 4, 8), (3, 1, 6, 12)], 5, 4, axpy, squeeze=4)


def first_generation():
    """V1 layers with legacy shapes, input_dim and what only the training phase has."""
    b = Builder("first generation", 52, (1, 4, 11, 9), legacy=True)
    x = b.input_fields(dims=True)
    b.layer("fed", "DATA", [], ["fed", "label"], include=[{"phase": 0}])
    x = b.conv("conv1", x, 6, (3, 3), "CONVOLUTION", groups=2, pad=[1])
    x = b.layer("relu1", "RELU", x, x, relu_param={"negative_slope": 0.25})
    top = b.layer("split", "SPLIT", x, ["left", "right"])
    b.channels["right"] = b.channels[top]
    # (11,9) padded by 1: 6 x 5 places, the last of them over the edge.
    y = b.layer("ave", "POOLING", "left", pooling_param={"pool": 1, "kernel_size": 3, "stride": 2, "pad": 1})
    z = b.layer("max", "POOLING", "right", pooling_param={"pool": 0, "kernel_size": 3, "stride": 2, "pad": 1})
    s = b.layer("sum", "ELTWISE", [y, z], eltwise_param={"operation": 1, "coeff": [0.5, -2.0]})
    p = b.layer("product", "ELTWISE", [y, z], eltwise_param={"operation": 0})
    x = b.layer("concat", "CONCAT", [s, p])
    b.channels[x] = 12
    x = b.layer("drop", "DROPOUT", x, x, dropout_param={"dropout_ratio": 0.5})
    x = b.dense("fc", x, 5, 12 * 6 * 5, "INNER_PRODUCT")
    b.layer("prob", "SOFTMAX", x)
    return b.net


def second_generation():
    """V2 layers: what differs by direction, and the rarer layers."""
    b = Builder("second generation", 53, (1, 3, 13, 16))
    x = b.input_fields(dims=False)
    x = b.conv("tall", x, 4, (3, 1), kernel_h=3, kernel_w=1, pad_h=1, pad_w=0, stride_h=1, stride_w=2)
    x = b.layer("prelu", "PReLU", x, x, [b.draw(4)])
    x = b.conv("wide", x, 6, (3, 3), dilation=[2], pad=[2])
    x = b.layer("shared", "PReLU", x, x, [b.draw(1)], prelu_param={"channel_shared": True})
    b.batch_norm("bn", x, eps=0.1, factor=0.5)
    a = b.layer("pool_a", "Pooling", x, pooling_param={"pool": 0, "kernel_h": 2, "kernel_w": 3, "stride_h": 2,
                                                       "stride_w": 3, "pad_h": 0, "pad_w": 1})
    a = b.layer("gain", "Scale", a, a, [b.draw(6) + 0.5])
    s = b.layer("sigmoid", "Sigmoid", a)
    m = b.layer("most", "Eltwise", [a, s], eltwise_param={"operation": 2})
    j = b.layer("joined", "Concat", [a, m], concat_param={"axis": 2})
    b.layer("each", "Softmax", j, softmax_param={"axis": 1})
    f = b.layer("flat", "Flatten", j)
    f = b.dense("turned", f, 8, 6 * 14 * 3, transpose=True)
    f = b.layer("cube", "Reshape", f, reshape_param={"shape": {"dim": [0, 2, -1, 2]}})
    b.channels["cube"] = 2
    b.layer("top", "Pooling", f, pooling_param={"pool": 0, "global_pooling": True})
    return b.net
