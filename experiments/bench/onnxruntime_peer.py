"""ONNX Runtime: all its graph optimisations, one thread pool inside operators, the model as visage exported it."""
import numpy as np
import onnxruntime

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


def network(job):
    if job["precision"] != "fp32":
        raise RuntimeError("no %s on this processor" % job["precision"])
    net, x = session(job["model"], job["threads"]), np.load(job["input"])
    name = net.get_inputs()[0].name
    last = {}

    def run():
        last["y"] = net.run(None, {name: x})[0]

    return protocol.Task(run, lambda: last["y"], "ONNX Runtime %s" % onnxruntime.__version__)


def job(job):
    net = session(job["model"], job["threads"])
    name = net.get_inputs()[0].name
    return recipe.task(job, lambda x: net.run(None, {name: x})[0], "ONNX Runtime %s" % onnxruntime.__version__)


if __name__ == "__main__":
    protocol.serve({"network": network, "job": job})
