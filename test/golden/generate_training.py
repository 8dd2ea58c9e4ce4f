#!/usr/bin/env python3
"""Writes training.json: the losses of fifty steps of PyTorch from given weights and batches.

    python3 test/golden/generate_training.py        (PyTorch 1.13)
"""

import math

import torch
import torch.nn.functional as F

from common import values, write


def x(seed, shape, factor=1):
    return torch.tensor(values(seed, math.prod(shape))).reshape(shape) * factor


OPTIMISERS = {
    "sgd": lambda w: torch.optim.SGD(w, lr=0.1),
    "nesterov": lambda w: torch.optim.SGD(w, lr=0.05, momentum=0.9, nesterov=True, weight_decay=0.01),
    "adam": lambda w: torch.optim.Adam(w, lr=0.01),
    "adamw": lambda w: torch.optim.AdamW(w, lr=0.01, weight_decay=0.1),
}


def losses(make):
    weights = [x(1, [4, 1, 3, 3], 0.5), x(2, [4], 0.1), x(3, [5, 36], 0.2), x(4, [5], 0.1)]
    w, b, v, c = [each.requires_grad_() for each in weights]
    optimiser = make([w, b, v, c])
    out = []
    for step in range(50):
        target = (torch.arange(8) + step) % 5
        optimiser.zero_grad()
        hidden = F.max_pool2d(F.relu(F.conv2d(x(100 + step % 5, [8, 1, 8, 8]), w, b)), 2)
        loss = F.cross_entropy(F.linear(hidden.flatten(1), v, c), target)
        loss.backward()
        optimiser.step()
        out.append(float("%.7g" % loss.item()))
    return out


write("training.json", "losses", {"cases": [{"name": name, "losses": losses(make)} for name, make in OPTIMISERS.items()]})
