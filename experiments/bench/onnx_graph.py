"""The ONNX files that visage exports, as lists: for frameworks that do not read ONNX themselves.

read(path) gives a Graph: input and output (names), constants (name -> array) and nodes (op, name of the one output,
inputs, attributes by name with the operators' defaults left out).
"""
import collections

import onnx
from onnx import numpy_helper

Graph = collections.namedtuple("Graph", "input output constants nodes")
Node = collections.namedtuple("Node", "op name inputs attributes")


def read(path):
    g = onnx.load(path).graph
    constants = {t.name: numpy_helper.to_array(t) for t in g.initializer}
    nodes = [Node(n.op_type, n.output[0], list(n.input),
                  {a.name: onnx.helper.get_attribute_value(a) for a in n.attribute}) for n in g.node]
    return Graph(g.input[0].name, g.output[0].name, constants, nodes)
