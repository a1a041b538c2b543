"""An ONNX file of visage as a PyTorch module: every node a module with its weights, convolutions and batch norms joined
by PyTorch's own fusion."""
import torch
from torch import nn
from torch.fx.experimental.optimization import fuse

import onnx_graph


class Call(nn.Module):
    """A function without weights, of one value or several."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, *values):
        return self.function(*values)


def constant(g, name):
    return torch.from_numpy(g.constants[name].copy())


def padded(module, pads, value=0.0):
    """PyTorch pads both sides of an axis alike; other padding is a layer of its own."""
    top, left, bottom, right = pads
    if (top, left) == (bottom, right):
        return module
    return nn.Sequential(nn.ConstantPad2d((left, right, top, bottom), value), module)


def even(pads):
    return tuple(pads[:2]) if pads[:2] == pads[2:] else 0


def conv(g, n):
    a, w = n.attributes, constant(g, n.inputs[1])
    m = nn.Conv2d(w.shape[1] * a["group"], w.shape[0], tuple(a["kernel_shape"]), tuple(a["strides"]), even(a["pads"]),
                  tuple(a["dilations"]), a["group"], len(n.inputs) > 2)
    m.weight.data = w
    if len(n.inputs) > 2:
        m.bias.data = constant(g, n.inputs[2])
    return padded(m, a["pads"])


def batch_norm(g, n):
    gamma, beta, mean, var = (constant(g, name) for name in n.inputs[1:])
    m = nn.BatchNorm2d(gamma.numel(), n.attributes["epsilon"])
    m.weight.data, m.bias.data, m.running_mean, m.running_var = gamma, beta, mean, var
    return m


def max_pool(g, n):
    a = n.attributes
    return padded(nn.MaxPool2d(tuple(a["kernel_shape"]), tuple(a["strides"]), even(a["pads"])), a["pads"], -float("inf"))


def average_pool(g, n):
    a = n.attributes
    if any(a["pads"]):
        raise RuntimeError("AveragePool with padding")
    return nn.AvgPool2d(tuple(a["kernel_shape"]), tuple(a["strides"]))


def prelu(g, n):
    slope = constant(g, n.inputs[1]).reshape(-1)
    m = nn.PReLU(slope.numel())
    m.weight.data = slope
    return m


def gemm(g, n):
    w = constant(g, n.inputs[1])
    m = nn.Linear(w.shape[1], w.shape[0])
    m.weight.data, m.bias.data = w, constant(g, n.inputs[2])
    return m


MODULES = {
    "Conv": conv, "BatchNormalization": batch_norm, "MaxPool": max_pool, "AveragePool": average_pool, "PRelu": prelu,
    "Gemm": gemm,
    "Relu": lambda g, n: nn.ReLU(), "Sigmoid": lambda g, n: nn.Sigmoid(),
    "GlobalMaxPool": lambda g, n: nn.AdaptiveMaxPool2d(1), "GlobalAveragePool": lambda g, n: nn.AdaptiveAvgPool2d(1),
    "Flatten": lambda g, n: nn.Flatten(),
    "Transpose": lambda g, n: Call(lambda x, perm=n.attributes["perm"]: x.permute(perm)),
    "Add": lambda g, n: Call(torch.add), "Mul": lambda g, n: Call(torch.mul),
}


class Net(nn.Module):
    def __init__(self, g):
        super().__init__()
        self.input, self.output = g.input, g.output
        self.steps = [(n.name, [i for i in n.inputs if i not in g.constants]) for n in g.nodes]
        self.layers = nn.ModuleList([MODULES[n.op](g, n) for n in g.nodes])

    def forward(self, x):
        values = {self.input: x}
        for (name, inputs), layer in zip(self.steps, self.layers):
            values[name] = layer(*[values[i] for i in inputs])
        return values[self.output]


def load(path):
    """The network, fused, with its channels last, for inference."""
    return fuse(Net(onnx_graph.read(path)).eval()).to(memory_format=torch.channels_last)
