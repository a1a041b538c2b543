"""TensorFlow with oneDNN, a Keras model frozen to one graph function. MODE graph: TensorFlow's graph optimiser; MODE xla:
compiled by XLA."""
import sys

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import keras_net
import protocol


def graph_of(model, shape):
    """The model as a graph; where it has batch norms with its weights as constants, so that they are folded into
    convolutions (without any that only takes minutes)."""
    call = tf.function(lambda x: model(x, training=False))
    concrete = call.get_concrete_function(tf.TensorSpec(shape, tf.float32))
    if not any(isinstance(layer, tf.keras.layers.BatchNormalization) for layer in model.layers):
        return lambda x: [concrete(x)]
    return convert_variables_to_constants_v2(concrete)


def network(job):
    if job["precision"] == "int8":
        raise RuntimeError("no int8 but for phones")
    if job["precision"] == "bf16" and MODE == "xla":
        raise RuntimeError("no bf16 in this mode")
    tf.config.optimizer.set_experimental_options({"auto_mixed_precision_onednn_bfloat16": job["precision"] == "bf16"})
    tf.config.threading.set_intra_op_parallelism_threads(job["threads"])
    tf.config.threading.set_inter_op_parallelism_threads(1)
    channels_first, last = np.load(job["input"]), {}
    x = tf.constant(channels_first.transpose(0, 2, 3, 1))
    net = graph_of(keras_net.load(job["model"], channels_first.shape[1:]), x.shape)
    call = tf.function(lambda v: net(v)[0], jit_compile=True) if MODE == "xla" else lambda v: net(v)[0]

    def run():
        last["y"] = call(x).numpy()

    return protocol.Task(run, lambda: last["y"], "TensorFlow %s, %s" % (tf.__version__, MODE))


if __name__ == "__main__":
    MODE = sys.argv[1]
    protocol.serve({"network": network})
