"""PyTorch on channels-last tensors. MODE eager: module by module; MODE compiled: torch.compile with its weights frozen,
as its manual recommends for inference on a CPU."""
import sys

import numpy as np
import torch
from torch._inductor import config as inductor

import protocol
import recipe
import torch_net

DTYPE = {"fp32": torch.float32, "bf16": torch.bfloat16}


def load(job):
    """The network, as a function of tensors, and a function that makes one of an array."""
    if job["precision"] not in DTYPE:
        raise RuntimeError("no %s without other packages" % job["precision"])
    torch.set_num_threads(job["threads"])
    dtype = DTYPE[job["precision"]]
    net = torch_net.load(job["model"]).to(dtype)
    if MODE == "compiled":
        inductor.freezing = True
        net = torch.compile(net)

    def call(x):
        with torch.inference_mode() if MODE == "eager" else torch.no_grad():
            return net(x)

    return call, lambda x: torch.from_numpy(x).to(dtype).contiguous(memory_format=torch.channels_last)


def about():
    return "PyTorch %s, %s" % (torch.__version__.split("+")[0], MODE)


def network(job):
    net, tensor = load(job)
    x, last = tensor(np.load(job["input"])), {}

    def run():
        last["y"] = net(x)

    return protocol.Task(run, lambda: last["y"].float().numpy(), about())


def job(job):
    net, tensor = load(job)
    return recipe.task(job, lambda x: net(tensor(x)).float().numpy(), about())


if __name__ == "__main__":
    MODE = sys.argv[1]
    protocol.serve({"network": network, "job": job})
