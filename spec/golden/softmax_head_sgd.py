"""Goldens of softmax layers on their way, softmax_head_sgd.json, by PyTorch's SGD and cross_entropy.

Made with requirements-torch.txt. Run: python spec/golden/softmax_head_sgd.py; no photo, no network.

Features and classes as in softmax_head.py. From zeros, in f64: six epochs, batches of 8 rows in their order (the last has
6), rate 0.05, momentum 0.9, weight_decay 0.02 on the weight alone. losses: of an epoch's batches before their steps.
"""
import numpy as np
import torch
from torch.nn.functional import cross_entropy

from common import rng, write_json


def features():
    x, y = rng(11).random((30, 4)) * 2 - 1, np.arange(30) % 3
    x[np.arange(30), y] += 0.8 * y
    x[:, 1] *= 10
    return torch.from_numpy(x), torch.from_numpy(y)


def main():
    x, y = features()
    weight = torch.zeros((3, 4), dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(3, dtype=torch.float64, requires_grad=True)
    groups = [{"params": [weight], "weight_decay": 0.02}, {"params": [bias]}]
    step = torch.optim.SGD(groups, lr=0.05, momentum=0.9)
    losses = []
    for _ in range(6):
        total = 0.0
        for first in range(0, 30, 8):
            batch = slice(first, min(first + 8, 30))
            step.zero_grad()
            loss = cross_entropy(x[batch] @ weight.T + bias, y[batch])
            loss.backward()
            step.step()
            total += float(loss.detach()) * len(y[batch]) / 30
        losses.append(total)
    write_json("softmax_head_sgd.json", {
        "versions": {"torch": torch.__version__}, "losses": losses, "weight": weight.tolist(), "bias": bias.tolist()})


if __name__ == "__main__":
    main()
