"""ONNX Runtime: all its graph optimisations, one thread pool inside operators, the model as visage exported it."""
import numpy as np
import onnxruntime
from onnxruntime import quantization
from onnxruntime.quantization.shape_inference import quant_pre_process

import protocol
import recipe


def session(path, threads):
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = onnxruntime.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = 3
    return onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])


class Inputs(quantization.CalibrationDataReader):
    def __init__(self, name, x):
        self.rows = iter([{name: row[None]} for row in x])

    def get_next(self):
        return next(self.rows, None)


def quantized(job):
    """Static quantisation as its manual has it for x86: u8 maps, s8 weights with a scale per channel."""
    prepared, path = job["output"] + ".prepared.onnx", job["output"] + ".int8.onnx"
    quant_pre_process(job["model"], prepared, skip_symbolic_shape=True)
    name = session(job["model"], 1).get_inputs()[0].name
    quantization.quantize_static(
        prepared, path, Inputs(name, np.load(job["calibration"])), per_channel=True,
        quant_format=quantization.QuantFormat.QDQ, activation_type=quantization.QuantType.QUInt8,
        weight_type=quantization.QuantType.QInt8)
    return path


def network(job):
    if job["precision"] == "bf16":
        raise RuntimeError("no bf16 on this processor")
    net = session(quantized(job) if job["precision"] == "int8" else job["model"], job["threads"])
    x = np.load(job["input"])
    name = net.get_inputs()[0].name
    last = {}

    def run():
        last["y"] = net.run(None, {name: x})[0]

    return protocol.Task(run, lambda: last["y"], "ONNX Runtime %s" % onnxruntime.__version__)


def job(job):
    if job["precision"] != "fp32":
        raise RuntimeError("no %s on this processor" % job["precision"])
    net = session(job["model"], job["threads"])
    name = net.get_inputs()[0].name
    return recipe.task(job, lambda x: net.run(None, {name: x})[0], "ONNX Runtime %s" % onnxruntime.__version__)


if __name__ == "__main__":
    protocol.serve({"network": network, "job": job})
