#!/usr/bin/env python3
"""Writes training.json: the losses of fifty steps of PyTorch from given weights and batches, by a convolution with a bias, and by
one with a batch normalisation after it, in training mode; after these steps the running statistics.

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


def trained(make, norm):
    weights = [x(1, [4, 1, 3, 3], 0.5), x(2, [4], 0.1), x(3, [5, 36], 0.2), x(4, [5], 0.1)]
    w, b, v, c = [each.requires_grad_() for each in weights]
    bn = torch.nn.BatchNorm2d(4)
    optimiser = make([w, *bn.parameters(), v, c] if norm else [w, b, v, c])
    out = []
    for step in range(50):
        target = (torch.arange(8) + step) % 5
        optimiser.zero_grad()
        image = x(100 + step % 5, [8, 1, 8, 8])
        hidden = F.max_pool2d(F.relu(bn(F.conv2d(image, w)) if norm else F.conv2d(image, w, b)), 2)
        loss = F.cross_entropy(F.linear(hidden.flatten(1), v, c), target)
        loss.backward()
        optimiser.step()
        out.append(float("%.7g" % loss.item()))
    return out, [float("%.7g" % v) for each in (bn.running_mean, bn.running_var) for v in each]


def case(name, norm):
    losses, statistics = trained(OPTIMISERS[name], norm)
    return {"name": name, "losses": losses, **({"statistics": statistics} if norm else {})}


write(
    "training.json",
    "losses",
    {"cases": [case(name, False) for name in OPTIMISERS], "batchNorm": [case(name, True) for name in OPTIMISERS]},
)
