"""OpenVINO's CPU plugin. MODE latency: one stream with all threads; MODE throughput: one stream for each thread, which
share a batch's images, as its manual recommends for many images."""
import sys

import numpy as np
import openvino as ov

import protocol
import recipe

PRECISION = {"fp32": "f32", "bf16": "bf16", "int8": "f32"}


def quantized(model, job):
    """By NNCF, whose defaults are the manual's for convolutional networks."""
    import nncf
    rows = [row[None] for row in np.load(job["calibration"])]
    return nncf.quantize(model, nncf.Dataset(rows), subset_size=len(rows))


def compiled(job, batch, streams):
    core = ov.Core()
    model = core.read_model(job["model"])
    if job["precision"] == "int8":
        model = quantized(model, job)
    shape = model.inputs[0].partial_shape
    model.reshape([batch] + [d.get_length() for d in list(shape)[1:]])
    if job["precision"] == "bf16" and "BF16" not in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        raise RuntimeError("no bf16 on this processor")
    return core.compile_model(model, "CPU", {
        "INFERENCE_NUM_THREADS": job["threads"], "NUM_STREAMS": streams,
        "INFERENCE_PRECISION_HINT": PRECISION[job["precision"]],
        "PERFORMANCE_HINT": "THROUGHPUT" if streams > 1 else "LATENCY",
    })


def latency(job, x):
    net, last = compiled(job, x.shape[0], 1), {}
    request = net.create_infer_request()

    def run():
        request.infer([x], share_inputs=True)
        last["y"] = request.get_output_tensor(0).data

    return run, lambda: last["y"]


def throughput(job, x):
    streams = min(job["threads"], x.shape[0])
    pieces = [np.ascontiguousarray(piece) for piece in np.split(x, streams)]
    net = compiled(job, pieces[0].shape[0], streams)
    requests = [net.create_infer_request() for _ in pieces]

    def run():
        for request, piece in zip(requests, pieces):
            request.start_async([piece], share_inputs=True)
        for request in requests:
            request.wait()

    return run, lambda: np.concatenate([request.get_output_tensor(0).data for request in requests])


def network(job):
    x = np.load(job["input"])
    if MODE == "throughput" and (x.shape[0] % job["threads"] or job["threads"] == 1):
        raise RuntimeError("streams need several threads and a batch that they can share")
    run, output = (throughput if MODE == "throughput" else latency)(job, x)
    return protocol.Task(run, output, "OpenVINO %s, %s" % (ov.__version__.split("-")[0], MODE))


def job(job):
    request = compiled(job, job["batch"], 1).create_infer_request()

    def embed(x):
        request.infer([x], share_inputs=True)
        return request.get_output_tensor(0).data.copy()

    return recipe.task(job, embed, "OpenVINO %s, %s" % (ov.__version__.split("-")[0], MODE))


if __name__ == "__main__":
    MODE = sys.argv[1]
    protocol.serve({"network": network, "job": job})
