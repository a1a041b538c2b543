"""The small network of openvino_ir.py and openvino_v10.py as an ONNX model: what converters give is committed, not this.

Not a golden itself. Operators as face networks use them: convolution with batch-norm and PReLU, depthwise with ReLU6,
squeeze-and-excitation, pooling that rounds up, pooling that counts its padding, a residual sum, a concatenation of
enlarged maps, a fully connected layer with batch-norm, softmax.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

from common import rng

HEIGHT, WIDTH = 23, 18


class Net:
    """Nodes and their seeded numbers, in the order of the calls."""

    def __init__(self, seed):
        self.stream, self.nodes, self.constants = rng(seed), [], []

    def draw(self, name, *shape, low=-0.5, high=0.5):
        return self.constant(name, (self.stream.random(shape) * (high - low) + low).astype(np.float32))

    def constant(self, name, value):
        self.constants.append(numpy_helper.from_array(np.asarray(value), name))
        return name

    def node(self, kind, name, *inputs, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [name], name, **attributes))
        return name

    def batch_norm(self, x, name, width):
        return self.node("BatchNormalization", name, x, self.draw(name + ".gamma", width, low=0.5, high=1.5),
                         self.draw(name + ".beta", width), self.draw(name + ".mean", width),
                         self.draw(name + ".var", width, low=0.5, high=1.5), epsilon=1e-3)

    def conv(self, x, name, inp, out, kernel, groups=1, bias=False, **attributes):
        inputs = [x, self.draw(name + ".weight", out, inp // groups, kernel, kernel)]
        if bias:
            inputs.append(self.draw(name + ".bias", out))
        return self.node("Conv", name, *inputs, group=groups, kernel_shape=[kernel, kernel], **attributes)


def body(net, x):
    x = net.batch_norm(net.conv(x, "conv1", 3, 8, 3, strides=[2, 2], pads=[1, 1, 1, 1]), "bn1", 8)
    trunk = net.node("PRelu", "prelu1", x, net.draw("prelu1.slope", 8, 1, 1))
    x = net.batch_norm(net.conv(trunk, "conv2", 8, 8, 3, groups=8, pads=[1, 1, 1, 1]), "bn2", 8)
    x = net.node("Clip", "relu6", x, net.constant("zero", np.float32(0)), net.constant("six", np.float32(6)))
    x = net.conv(x, "conv3", 8, 8, 1, bias=True)
    s = net.node("GlobalAveragePool", "squeeze", x)
    s = net.node("Relu", "down/relu", net.conv(s, "down", 8, 4, 1, bias=True))
    s = net.node("Sigmoid", "gate", net.conv(s, "up", 4, 8, 1, bias=True))
    x = net.node("Add", "residual", net.node("Mul", "excite", x, s), trunk)
    small = net.node("MaxPool", "max", x, kernel_shape=[3, 3], strides=[2, 2], ceil_mode=1)
    mean = net.node("AveragePool", "mean", small, kernel_shape=[3, 3], strides=[2, 2], pads=[1, 1, 1, 1],
                    count_include_pad=1)
    mean = net.node("Resize", "larger", mean, net.constant("roi", np.zeros(0, np.float32)),
                    net.constant("scales", np.array([1, 1, 2, 2], np.float32)), mode="nearest",
                    coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    mean = net.conv(mean, "fit", 8, 8, 2, groups=4, bias=True)
    small = net.node("AveragePool", "valid", small, kernel_shape=[3, 3], strides=[1, 1], pads=[1, 1, 0, 0])
    return net.node("Concat", "both", small, mean, axis=1)


def model():
    """(1, 3, 23, 18) to an embedding of 12 numbers and 5 probabilities."""
    net = Net(95)
    x = body(net, "data")
    x = net.node("Flatten", "flat", x, axis=1)
    x = net.node("Gemm", "fc", x, net.draw("fc.weight", 12, 16 * 5 * 3), net.draw("fc.bias", 12), transB=1)
    x = net.batch_norm(x, "features", 12)
    p = net.node("MatMul", "classes", x, net.draw("classes.weight", 12, 5, low=-0.05, high=0.05))
    net.node("Softmax", "probabilities", p, axis=1)
    value = lambda name, *shape: helper.make_tensor_value_info(name, TensorProto.FLOAT, shape)
    graph = helper.make_graph(net.nodes, "tiny", [value("data", 1, 3, HEIGHT, WIDTH)],
                              [value("features", 1, 12), value("probabilities", 1, 5)], net.constants)
    made = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=6)
    onnx.checker.check_model(made)
    return made


def image():
    """The input: (1, 3, 23, 18), whole numbers from 0 to 255 in float32."""
    return np.floor(rng(96).random((1, 3, HEIGHT, WIDTH)) * 256).astype(np.float32)
