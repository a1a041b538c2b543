"""PyTorch on channels-last tensors. MODE eager: module by module; MODE compiled: torch.compile with its weights frozen,
as its manual recommends for inference on a CPU."""
import sys

import numpy as np
import torch
from torch._inductor import config as inductor

import protocol
import torch_net

DTYPE = {"fp32": torch.float32, "bf16": torch.bfloat16}


def network(job):
    if job["precision"] not in DTYPE:
        raise RuntimeError("no %s without other packages" % job["precision"])
    torch.set_num_threads(job["threads"])
    dtype = DTYPE[job["precision"]]
    net = torch_net.load(job["model"]).to(dtype)
    if MODE == "compiled":
        inductor.freezing = True
        net = torch.compile(net)
    x = torch.from_numpy(np.load(job["input"])).to(dtype).contiguous(memory_format=torch.channels_last)
    last = {}

    def run():
        with torch.inference_mode() if MODE == "eager" else torch.no_grad():
            last["y"] = net(x)

    return protocol.Task(run, lambda: last["y"].float().numpy(), "PyTorch %s, %s" % (
        torch.__version__.split("+")[0], MODE))


if __name__ == "__main__":
    MODE = sys.argv[1]
    protocol.serve({"network": network})
