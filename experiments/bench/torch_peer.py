"""PyTorch on channels-last tensors. MODE eager: module by module; MODE compiled: torch.compile with its weights frozen,
as its manual recommends for inference on a CPU."""
import sys

import numpy as np
import torch
from torch._inductor import config as inductor

import protocol
import recipe
import torch_net

DTYPE = {"fp32": torch.float32, "bf16": torch.bfloat16, "int8": torch.float32}


def quantized(net, job):
    """torchao's quantisation of exported programs by the rules for x86, which wants its compiler."""
    from torchao.quantization.pt2e import move_exported_model_to_eval
    from torchao.quantization.pt2e.quantize_pt2e import convert_pt2e, prepare_pt2e
    from torchao.quantization.pt2e.quantizer import x86_inductor_quantizer as x86
    rows = torch.from_numpy(np.load(job["calibration"])).contiguous(memory_format=torch.channels_last)
    quantizer = x86.X86InductorQuantizer()
    quantizer.set_global(x86.get_default_x86_inductor_quantization_config())
    size = np.load(job["input"], mmap_mode="r").shape[0]
    example = rows[:1].expand(size, -1, -1, -1).contiguous(memory_format=torch.channels_last)
    prepared = prepare_pt2e(torch.export.export(net, (example,)).module(), quantizer)
    for row in rows:
        prepared(row[None].expand(size, -1, -1, -1).contiguous(memory_format=torch.channels_last))
    return move_exported_model_to_eval(convert_pt2e(prepared))


def load(job):
    """The network, as a function of tensors, and a function that makes one of an array."""
    if job["precision"] not in DTYPE or job["precision"] == "int8" and MODE == "eager":
        raise RuntimeError("no %s in this mode" % job["precision"])
    torch.set_num_threads(job["threads"])
    dtype = DTYPE[job["precision"]]
    net = torch_net.load(job["model"]).to(dtype)
    if job["precision"] == "int8":
        net = quantized(net, job)
    if MODE == "compiled":
        inductor.freezing, inductor.compile_threads = True, 1
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
