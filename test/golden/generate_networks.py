#!/usr/bin/env python3
"""Writes networks.json: names, shapes and results of torchvision's networks, and of a U-Net in plain PyTorch.

    python3 test/golden/generate_networks.py        (PyTorch 1.13, torchvision 0.14)

Weights are not stored. Both sides make them from each tensor's name: `weight` here, and in test/support/weights.ts.
Results are computed in float64 from these weights, and stored with 7 significant digits.
"""

import json
import math
import os

import numpy
import torch
import torch.nn as nn
import torchvision

from common import HERE

# the hash of FNV-1a, and the mixing at the end of MurmurHash3
def noise(name, count):
    """count numbers in [-1, 1), multiples of 2^-23"""
    seed = 0x811C9DC5
    for byte in name.encode():
        seed = ((seed ^ byte) * 0x01000193) & 0xFFFFFFFF
    with numpy.errstate(over="ignore"):
        h = numpy.arange(count, dtype=numpy.uint32) * numpy.uint32(0x9E3779B9) + numpy.uint32(seed)
        h = (h ^ (h >> numpy.uint32(16))) * numpy.uint32(0x85EBCA6B)
        h = (h ^ (h >> numpy.uint32(13))) * numpy.uint32(0xC2B2AE35)
        h = h ^ (h >> numpy.uint32(16))
    return (h >> numpy.uint32(8)).astype(numpy.float64) / 2**23 - 1


def weight(name, shape):
    """Of a size that keeps the size of what flows through; batch-norm statistics around 0 and 1."""
    values = noise(name, math.prod(shape))
    if len(shape) > 1:
        values = values * math.sqrt(6 / math.prod(shape[1:]))
    elif name.endswith("running_var"):
        values = values * 0.5 + 1
    elif name.endswith("weight"):
        values = values * 0.25 + 1
    else:
        values = values * 0.125
    return torch.from_numpy(values.astype(numpy.float32)).reshape(shape)


def two_convolutions(inputs, outputs):
    def convolution(channels):
        return [nn.Conv2d(channels, outputs, 3, padding=1, bias=False), nn.BatchNorm2d(outputs), nn.ReLU()]

    return nn.Sequential(*convolution(inputs), *convolution(outputs))


class UNet(nn.Module):
    def __init__(self, inputs, outputs, widths):
        super().__init__()
        levels = widths[:-1]
        upwards = levels[::-1]
        self.encoder = nn.ModuleList(two_convolutions(i, o) for i, o in zip([inputs] + levels, levels))
        self.bottom = two_convolutions(levels[-1], widths[-1])
        self.upsample = nn.ModuleList(nn.ConvTranspose2d(2 * w, w, 2, stride=2) for w in upwards)
        self.decoder = nn.ModuleList(two_convolutions(2 * w, w) for w in upwards)
        self.head = nn.Conv2d(levels[0], outputs, 1)

    def forward(self, x):
        skipped = []
        for level in self.encoder:
            x = level(x)
            skipped.append(x)
            x = nn.functional.max_pool2d(x, 2)
        x = self.bottom(x)
        for upsample, level in zip(self.upsample, self.decoder):
            x = level(torch.cat([skipped.pop(), upsample(x)], 1))
        return self.head(x)


def case(name, model, shape):
    state = {key: value.shape for key, value in model.state_dict().items()}
    # the count of a training's batches is an integer without a weight
    named = {key: size for key, size in state.items() if not key.endswith("num_batches_tracked")}
    model.load_state_dict({key: weight(key, size) for key, size in named.items()}, strict=False)
    x = torch.from_numpy(noise("input", math.prod(shape)).astype(numpy.float32) * 2).reshape(shape)
    with torch.no_grad():
        single = model.eval()(x)
        exact = model.double()(x.double())
        other = model(x.double().flip(1))
    largest = exact.abs().max()
    assert (single - exact).abs().max() < 1e-5 * largest, (single - exact).abs().max() / largest
    # a network's result must depend on its input
    assert (other - exact).abs().max() > 0.02 * largest, (other - exact).abs().max() / largest
    print("%s: %d tensors, outputs %s up to %.3g, deviation %.3g" % (name, len(state), list(exact.shape), largest, exact.std()))
    return {
        "name": name,
        "state": {key: list(size) for key, size in state.items()},
        "input": shape,
        "shape": list(exact.shape),
        "output": [float("%.7g" % value) for value in exact.reshape(-1).tolist()],
    }


models = torchvision.models
cases = [
    case("resnet18", models.resnet18(), [2, 3, 64, 64]),
    case("resnet50", models.resnet50(), [1, 3, 64, 64]),
    case("mobilenetV2", models.mobilenet_v2(), [1, 3, 64, 96]),
    case("squeezenet1_1", models.squeezenet1_1(), [1, 3, 79, 65]),
    case("unet", UNet(3, 2, [16, 32, 64, 128]), [1, 3, 40, 32]),
]
path = os.path.join(HERE, "networks.json")
with open(path, "w") as file:
    file.write('{\n"torch": %s,\n"torchvision": %s,\n' % (json.dumps(torch.__version__), json.dumps(torchvision.__version__)))
    file.write('"networks": [\n%s\n]\n}\n' % ",\n".join(json.dumps(each, separators=(",", ":")) for each in cases))
print("networks.json: %d KB" % (os.path.getsize(path) // 1024))
