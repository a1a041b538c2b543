"""OpenCV's dnn module on its own CPU backend."""
import cv2
import numpy as np

import protocol


def network(job):
    if job["precision"] != "fp32":
        raise RuntimeError("no %s" % job["precision"])
    cv2.setNumThreads(job["threads"])
    net, x, last = cv2.dnn.readNetFromONNX(job["model"]), np.load(job["input"]), {}

    def run():
        net.setInput(x)
        last["y"] = net.forward()

    return protocol.Task(run, lambda: last["y"], "OpenCV %s" % cv2.__version__)


if __name__ == "__main__":
    protocol.serve({"network": network})
