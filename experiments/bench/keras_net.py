"""An ONNX file of visage as a Keras model, channels last."""
import numpy as np
from tensorflow import keras

import onnx_graph


class Builder:
    """layer(g, n) for each operator; inputs are Keras tensors by name. Flattened maps are in the order of channels last,
    so that a dense layer behind one of channels first has its rows permuted."""

    def __init__(self, g, shape):
        self.g, self.values, self.flat = g, {}, {}
        channels, height, width = shape
        self.values[g.input] = keras.Input((height, width, channels))
        for n in g.nodes:
            self.values[n.name] = getattr(self, n.op)(n, *[self.values[i] for i in n.inputs if i in self.values])
        self.model = keras.Model(self.values[g.input], self.values[g.output])

    def constant(self, name):
        return self.g.constants[name]

    @staticmethod
    def placed(layer, x, weights):
        y = layer(x)
        layer.set_weights(weights)
        return y

    @staticmethod
    def padded(n, x, value=0):
        """x with its padding, which Keras's own layers only have evenly or by TensorFlow's rule."""
        top, left, bottom, right = n.attributes["pads"]
        if not any((top, left, bottom, right)):
            return x
        if value:
            raise RuntimeError("%s with padding" % n.op)
        return keras.layers.ZeroPadding2D(((top, bottom), (left, right)))(x)

    def Conv(self, n, x):
        a, w = n.attributes, self.constant(n.inputs[1])
        bias = [self.constant(n.inputs[2])] if len(n.inputs) > 2 else []
        stride = tuple(a["strides"])
        size, pads = tuple(a["kernel_shape"]), a["pads"]
        same = stride == (1, 1) and pads == [(k - 1) // 2 for k in size] * 2 and all(k % 2 for k in size)
        y = x if same else self.padded(n, x)
        padding = "same" if same else "valid"
        if a["group"] == 1:
            layer = keras.layers.Conv2D(w.shape[0], size, stride, padding, use_bias=bool(bias))
            return self.placed(layer, y, [w.transpose(2, 3, 1, 0)] + bias)
        layer = keras.layers.DepthwiseConv2D(size, stride, padding, use_bias=bool(bias))
        return self.placed(layer, y, [w.transpose(2, 3, 0, 1)] + bias)

    def BatchNormalization(self, n, x):
        layer = keras.layers.BatchNormalization(epsilon=n.attributes["epsilon"])
        return self.placed(layer, x, [self.constant(i) for i in n.inputs[1:]])

    def PRelu(self, n, x):
        layer = keras.layers.PReLU(shared_axes=[1, 2])
        return self.placed(layer, x, [self.constant(n.inputs[1]).reshape(1, 1, -1)])

    def Gemm(self, n, x):
        w = self.constant(n.inputs[1]).T
        if n.inputs[0] in self.flat:
            channels, height, width = self.flat[n.inputs[0]]
            w = w.reshape(channels, height, width, -1).transpose(1, 2, 0, 3).reshape(w.shape)
        return self.placed(keras.layers.Dense(w.shape[1]), x, [w, self.constant(n.inputs[2])])

    def Transpose(self, n, x):
        if n.attributes["perm"] != [0, 2, 3, 1]:
            raise RuntimeError("Transpose of another order")
        return x

    def Flatten(self, n, x):
        _, height, width, channels = x.shape
        before = next((m for m in self.g.nodes if m.name == n.inputs[0]), None)
        if height * width > 1 and before.op != "Transpose":
            self.flat[n.name] = (channels, height, width)
        return keras.layers.Flatten()(x)

    def MaxPool(self, n, x):
        a = n.attributes
        return keras.layers.MaxPooling2D(tuple(a["kernel_shape"]), tuple(a["strides"]))(self.padded(n, x, -np.inf))

    def AveragePool(self, n, x):
        a = n.attributes
        return keras.layers.AveragePooling2D(tuple(a["kernel_shape"]), tuple(a["strides"]))(self.padded(n, x, 1))

    def GlobalMaxPool(self, n, x):
        return keras.layers.GlobalMaxPooling2D(keepdims=True)(x)

    def GlobalAveragePool(self, n, x):
        return keras.layers.GlobalAveragePooling2D(keepdims=True)(x)

    def Relu(self, n, x):
        return keras.layers.ReLU()(x)

    def Sigmoid(self, n, x):
        return keras.layers.Activation("sigmoid")(x)

    def Add(self, n, x, y):
        return keras.layers.Add()([x, y])

    def Mul(self, n, x, y):
        return keras.layers.Multiply()([x, y])


def load(path, shape):
    """shape: channels, height and width of the input."""
    return Builder(onnx_graph.read(path), shape).model
