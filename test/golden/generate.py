#!/usr/bin/env python3
"""Writes conv.json and pad-unfold.json: results of real PyTorch, the oracle of the golden tests.

    python3 test/golden/generate.py        (PyTorch 1.13)

Inputs are not stored. Both sides make them with `values(seed, count)`, multiples of 1/256 in [-1, 1).
Every product is then a multiple of 2^-16 and every sum below 2^8 is exact in float32 whatever the order of
summation, so results are stored as integers in units of 2^-16 (conv.json) or 2^-8 (pad-unfold.json) and are exact.

An options object is stored as the TypeScript API takes it. A case's tensors use consecutive seeds: input `seed`,
weight `seed + 1`, bias `seed + 2`.
"""

import json

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import MODES, integers, pair, same_in_float32, tensor, values, write


# ---- convolutions ----


def torch_convolution(axes, x, weight, bias, options):
    stride = pair(options.get("stride", 1), axes)
    dilation = pair(options.get("dilation", 1), axes)
    padding = options.get("padding", 0)
    if not isinstance(padding, str):
        padding = pair(padding, axes)
    groups = options.get("groups", 1)
    mode = options.get("paddingMode", "zeros")
    if mode == "zeros":
        function = F.conv2d if axes == 2 else F.conv1d
        return function(x, weight, bias, stride, padding, dilation, groups)
    layer = (nn.Conv2d if axes == 2 else nn.Conv1d)(
        weight.shape[1] * groups,
        weight.shape[0],
        tuple(weight.shape[2:]),
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        bias=bias is not None,
        padding_mode=mode,
    ).to(x.dtype)
    layer.weight.data = weight
    if bias is not None:
        layer.bias.data = bias
    with torch.no_grad():
        # before 2.0 torch could not pad an unbatched image in circular mode
        return layer(x) if x.dim() == axes + 2 else layer(x[None])[0]


class Cases:
    def __init__(self):
        self.cases = []
        self.names = set()

    def add(self, case):
        name = json.dumps({k: v for k, v in case.items() if k not in ("seed", "shape", "output")})
        assert name not in self.names, "twice: " + name
        self.names.add(name)
        self.cases.append(case)

    def next_seed(self):
        return 1 + 4 * len(self.cases)


class Convolutions(Cases):
    def __init__(self, axes):
        super().__init__()
        self.axes = axes

    def __call__(self, input, weight, bias=True, **options):
        seed = self.next_seed()
        x = tensor(seed, input)
        w = tensor(seed + 1, weight)
        b = tensor(seed + 2, [weight[0]]) if bias else None
        exact = torch_convolution(self.axes, x, w, b, options)
        single = torch_convolution(self.axes, x.float(), w.float(), b.float() if bias else None, options)
        same_in_float32(exact, single)
        self.add(
            {
                "seed": seed,
                "input": input,
                "weight": weight,
                "bias": bias,
                "options": options,
                "shape": list(exact.shape),
                "output": integers(exact, 65536),
            }
        )


def conv2d_cases():
    conv = Convolutions(2)

    # channel tails on either side, with and without bias
    channels = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 15, 16, 24]
    for i, filters in enumerate(channels):
        conv([1, channels[-1 - i], 4, 5], [filters, channels[-1 - i], 3, 3], bias=i % 2 == 0)
        conv([1, channels[(i + 5) % 13], 3, 4], [filters, channels[(i + 5) % 13], 1, 1], bias=i % 2 == 1)
        conv([1, 2, 3, 5], [filters, 2, 2, 3], padding=1)

    # widths around the tiles of 4, 8 and 12 pixels, padded and not
    for width in [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 15, 16, 17, 23, 24, 25, 29]:
        conv([1, 2, 3, width], [3, 2, 3, 3], padding=1)
        conv([1, 3, 2, width], [2, 3, 1, 1], bias=False)
        if width > 2:
            conv([1, 1, 4, width], [5, 1, 3, 3], bias=False)
        if width > 4:
            conv([1, 2, 5, width], [2, 2, 3, 5], stride=2, padding=[1, 0])

    # long sums: more depth than one packed block of the summed axis holds
    conv([1, 96, 4, 5], [7, 96, 3, 3])
    conv([1, 64, 3, 3], [13, 64, 3, 3], padding=1)
    conv([1, 300, 2, 3], [6, 300, 1, 1])
    conv([1, 520, 1, 3], [5, 520, 1, 1], bias=False)
    conv([2, 40, 7, 7], [3, 40, 5, 5], stride=2, padding=2)

    # kernels of more taps than one packed block of the summed axis holds
    conv([1, 1, 20, 31], [3, 1, 20, 20])
    conv([1, 2, 22, 24], [5, 2, 20, 21], padding=[1, 0])
    conv([1, 3, 1, 420], [2, 3, 1, 410], padding="valid")
    conv([1, 4, 30, 30], [8, 2, 28, 29], groups=2, bias=False)

    # steps and taps far apart, which must cost no memory
    conv([1, 2, 5, 6], [2, 2, 3, 3], stride=2**30)
    conv([1, 2, 5, 6], [5, 2, 3, 3], stride=[2**30, 2**29], padding=1)
    conv([1, 2, 5, 6], [2, 2, 1, 1], dilation=2**30)

    # every option alone
    base = [1, 3, 9, 10]
    for kernel in [[1, 1], [1, 3], [3, 1], [2, 2], [3, 3], [2, 5], [4, 3], [5, 5], [7, 7], [9, 10], [1, 10], [9, 1]]:
        conv(base, [2, 3] + kernel)
    for stride in [2, 3, 4, [1, 2], [2, 1], [3, 2], [2, 5], [9, 10]]:
        conv(base, [4, 3, 3, 3], stride=stride)
        conv(base, [4, 3, 3, 3], stride=stride, padding=1)
    for stride in [2, 3, [1, 2], [4, 1]]:
        conv(base, [4, 3, 1, 1], stride=stride)
    for padding in [2, 3, [0, 1], [1, 0], [2, 1], [1, 3], [4, 4]]:
        conv([1, 2, 4, 5], [3, 2, 3, 3], padding=padding)
    for padding in [1, [0, 2], [2, 0]]:
        conv([1, 2, 4, 5], [3, 2, 1, 1], padding=padding)
    for dilation in [2, 3, [1, 2], [2, 1], [3, 2], [2, 4]]:
        conv(base, [3, 3, 3, 3], dilation=dilation)
        conv([1, 2, 5, 6], [2, 2, 3, 2], dilation=dilation, padding=3)
    conv(base, [4, 3, 1, 1], dilation=[5, 7])
    conv(base, [3, 3, 3, 3], padding="valid")
    conv(base, [3, 3, 2, 3], padding="valid", stride=[2, 3], dilation=[2, 1])

    # padding wider than the image, and kernels that only touch padding
    conv([1, 2, 1, 1], [3, 2, 3, 3], padding=1)
    conv([1, 2, 1, 1], [3, 2, 3, 3], padding=2)
    conv([1, 1, 2, 3], [2, 1, 3, 3], padding=[4, 5])
    conv([1, 1, 2, 2], [2, 1, 2, 2], padding=3, stride=3)
    conv([1, 1, 1, 1], [1, 1, 1, 1])
    conv([1, 1, 1, 1], [1, 1, 1, 1], padding=1, stride=2, bias=False)

    # 'same': even kernels pad more at the end, dilation widens the kernel
    for kernel in [[1, 1], [2, 2], [3, 3], [4, 4], [2, 3], [3, 4], [5, 2], [1, 6]]:
        conv([1, 2, 5, 6], [2, 2] + kernel, padding="same")
        conv([1, 2, 6, 5], [3, 2] + kernel, padding="same", dilation=[2, 3], bias=False)
    conv([1, 1, 3, 3], [1, 1, 8, 7], padding="same")

    # groups: depthwise, channel multipliers, grouped
    for channel_count in [1, 2, 3, 4, 5, 8, 13]:
        conv([1, channel_count, 4, 5], [channel_count, 1, 3, 3], groups=channel_count)
        conv([1, channel_count, 4, 4], [channel_count, 1, 3, 3], groups=channel_count, padding=1, bias=False)
    for width in [3, 6, 11, 12, 13, 17, 26]:
        conv([1, 2, 4, width], [2, 1, 3, 3], groups=2, padding=1)
        conv([1, 2, 5, width], [2, 1, 3, 3], groups=2, padding=1, stride=2)
    for kernel in [[1, 1], [2, 2], [5, 5], [3, 1], [1, 7]]:
        conv([1, 3, 7, 7], [3, 1] + kernel, groups=3, padding=[kernel[0] // 2, kernel[1] // 2])
    conv([1, 3, 5, 6], [6, 1, 3, 3], groups=3)
    conv([1, 2, 5, 6], [8, 1, 3, 3], groups=2, padding=1, stride=[1, 2])
    conv([1, 4, 5, 6], [12, 1, 2, 3], groups=4, dilation=[2, 1])
    conv([1, 4, 5, 5], [6, 2, 3, 3], groups=2)
    conv([1, 6, 5, 5], [4, 3, 3, 3], groups=2, padding=1)
    conv([1, 6, 4, 5], [9, 2, 3, 3], groups=3, padding=1, bias=False)
    conv([1, 12, 3, 4], [16, 3, 1, 1], groups=4)
    conv([1, 24, 3, 3], [24, 3, 3, 3], groups=8, padding=1)
    conv([2, 10, 4, 4], [15, 2, 3, 2], groups=5, stride=2, padding=1)
    conv([2, 4, 5, 4], [4, 1, 3, 3], groups=4, padding="same", dilation=2)
    conv([4, 6, 6], [6, 2, 3, 3], groups=2, padding=[1, 2], stride=[2, 3], dilation=[2, 1])

    # batches, none, and unbatched
    conv([2, 3, 4, 5], [4, 3, 3, 3])
    conv([3, 2, 4, 3], [5, 2, 3, 3], padding=1, bias=False)
    conv([5, 1, 3, 4], [2, 1, 2, 2], stride=2, padding=1)
    conv([3, 4, 3, 3], [4, 1, 3, 3], groups=4, padding=1)
    conv([2, 5, 3, 5], [6, 5, 1, 1])
    conv([0, 3, 5, 6], [4, 3, 3, 3])
    conv([0, 3, 5, 6], [4, 3, 3, 3], padding=1, stride=2, bias=False)
    conv([0, 4, 5, 6], [4, 1, 3, 3], groups=4, padding="same")
    for options in [{}, {"padding": 1}, {"stride": 2}, {"padding": "same"}, {"dilation": [1, 2]}]:
        conv([3, 5, 6], [2, 3, 3, 3], **options)
    conv([4, 5, 6], [4, 1, 3, 3], groups=4, padding=1)
    conv([3, 5, 6], [2, 3, 1, 1], bias=False)
    for mode in MODES:
        conv([3, 5, 6], [2, 3, 3, 3], padding=[1, 2], paddingMode=mode)

    # padding modes against every other option
    for mode in MODES:
        conv([1, 2, 4, 5], [2, 2, 3, 3], padding=0, paddingMode=mode)
        conv([1, 2, 4, 5], [3, 2, 3, 3], padding=1, paddingMode=mode)
        conv([1, 2, 4, 5], [2, 2, 3, 3], padding=3, paddingMode=mode)
        conv([1, 1, 5, 6], [2, 1, 3, 3], padding=[4, 0], paddingMode=mode)
        conv([1, 1, 5, 6], [2, 1, 3, 3], padding=[0, 5], paddingMode=mode)
        conv([1, 2, 5, 13], [3, 2, 3, 5], padding=[1, 2], paddingMode=mode, bias=False)
        conv([1, 3, 6, 7], [2, 3, 3, 3], padding=2, stride=[2, 3], paddingMode=mode)
        conv([1, 3, 6, 7], [2, 3, 3, 2], padding=[2, 1], dilation=[2, 3], paddingMode=mode)
        conv([1, 4, 4, 4], [4, 1, 3, 3], padding=1, groups=4, paddingMode=mode)
        conv([1, 4, 5, 5], [6, 2, 3, 3], padding=2, stride=2, groups=2, paddingMode=mode)
        conv([2, 2, 4, 4], [3, 2, 1, 1], padding=1, paddingMode=mode)
        conv([1, 2, 5, 5], [2, 2, 3, 3], padding="same", paddingMode=mode)
        conv([1, 2, 5, 6], [2, 2, 4, 2], padding="same", paddingMode=mode)
        conv([1, 2, 6, 7], [2, 2, 2, 4], padding="same", dilation=[3, 2], paddingMode=mode, bias=False)
        conv([1, 2, 5, 6], [2, 2, 3, 3], padding="valid", stride=2, paddingMode=mode)
        conv([2, 2, 3, 12], [4, 2, 3, 3], padding=[2, 1], paddingMode=mode)
    conv([1, 2, 3, 4], [2, 2, 3, 3], padding=[3, 4], paddingMode="circular")
    conv([1, 2, 3, 4], [2, 2, 3, 3], padding=[7, 9], stride=2, paddingMode="replicate")
    conv([1, 1, 1, 1], [2, 1, 3, 3], padding=1, paddingMode="replicate")
    conv([1, 1, 1, 1], [2, 1, 3, 3], padding=1, paddingMode="circular")

    # all options at once
    conv([2, 4, 9, 11], [6, 2, 3, 2], stride=[2, 3], padding=[2, 1], dilation=[2, 3], groups=2)
    conv([2, 6, 8, 7], [6, 2, 2, 3], stride=[3, 1], padding=[1, 3], dilation=[3, 2], groups=3, bias=False)
    conv([1, 5, 10, 9], [10, 1, 3, 4], stride=[1, 2], padding=[4, 5], dilation=[3, 2], groups=5)
    for i, mode in enumerate(MODES):
        conv(
            [2, 4, 7, 8],
            [6, 2, 3, 2],
            stride=[2, 1 + i],
            padding=[2 + i, 1],
            dilation=[1 + i, 2],
            groups=2,
            paddingMode=mode,
        )
    return conv.cases


def conv1d_cases():
    conv = Convolutions(1)
    for i, filters in enumerate([1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 15, 16, 24]):
        channels = [24, 1, 16, 2, 15, 3, 13, 4, 12, 5, 8, 6, 7][i]
        conv([1, channels, 7], [filters, channels, 3], bias=i % 2 == 0)
    for width in [1, 2, 3, 4, 5, 8, 11, 12, 13, 17, 25]:
        conv([1, 2, width], [3, 2, 3], padding=1)
    for kernel in [1, 2, 3, 4, 5, 9, 12]:
        conv([2, 3, 12], [2, 3, kernel])
        conv([1, 2, 12], [3, 2, kernel], padding="same", bias=False)
    for stride in [2, 3, 5]:
        conv([1, 3, 12], [2, 3, 3], stride=stride)
        conv([1, 3, 12], [2, 3, 4], stride=[stride], padding=[2])
    for padding in [2, 5]:
        conv([1, 3, 4], [2, 3, 3], padding=padding, stride=2)
    for dilation in [2, 3, [4]]:
        conv([1, 3, 12], [2, 3, 3], dilation=dilation)
        conv([1, 3, 11], [2, 3, 4], dilation=dilation, padding="same")
    conv([1, 3, 9], [2, 3, 4], padding="valid", stride=2)
    conv([1, 4, 9], [4, 1, 3], groups=4, padding=1)
    conv([1, 5, 9], [10, 1, 5], groups=5, padding=2, stride=2)
    conv([2, 6, 9], [4, 3, 3], groups=2)
    conv([3, 9], [4, 3, 3])
    conv([4, 9], [4, 1, 3], groups=4, padding="same", bias=False)
    conv([0, 3, 9], [4, 3, 3], padding=1)
    conv([1, 200, 5], [3, 200, 3])
    conv([1, 3, 500], [7, 3, 490])
    for mode in MODES:
        conv([1, 2, 6], [3, 2, 3], padding=1, paddingMode=mode)
        conv([2, 2, 6], [3, 2, 4], padding=5, stride=2, paddingMode=mode)
        conv([1, 2, 9], [3, 2, 4], padding="same", dilation=2, paddingMode=mode)
        conv([2, 6], [2, 2, 3], padding=2, paddingMode=mode)
        conv([1, 4, 7], [8, 1, 3], padding=3, groups=4, dilation=2, paddingMode=mode, bias=False)
    conv([1, 1, 3], [2, 1, 3], padding=3, paddingMode="circular")
    conv([1, 1, 1], [2, 1, 3], padding=2, paddingMode="replicate")
    return conv.cases


# ---- padding and unfolding: they only move values, so float32 and float64 agree exactly ----


class Moves(Cases):
    def add_result(self, input, arguments, function):
        seed = self.next_seed()
        x = tensor(seed, input)
        exact = function(x)
        assert torch.equal(function(x.float()).double(), exact)
        self.add(
            {"seed": seed, "input": input, **arguments, "shape": list(exact.shape), "output": integers(exact, 256)}
        )


def pad_cases():
    moves = Moves()

    def pad(input, padding, **options):
        mode = options.get("mode", "constant")
        extra = {"value": options["value"]} if "value" in options else {}

        def function(x):
            # before 2.0 torch could not pad an unbatched image in circular mode
            if mode == "circular" and x.dim() == len(padding) // 2 + 1:
                return F.pad(x[None], padding, mode=mode)[0]
            return F.pad(x, padding, mode=mode, **extra)

        moves.add_result(input, {"padding": padding, "options": options}, function)

    pad([5], [1, 2])
    pad([5], [0, 3], value=0.5)
    pad([5], [-1, -2])
    pad([5], [-3, 4], value=-0.25)
    pad([3, 4], [2, 1])
    pad([3, 4], [1, 0, 0, 2], value=1.5)
    pad([3, 4], [0, 0, 0, 0])
    pad([3, 4], [-1, 2, 3, -2], value=-2)
    pad([2, 3, 4], [1, 2])
    pad([2, 3, 4], [1, 2, 3, 0], mode="constant", value=0.125)
    pad([2, 3, 4], [1, 0, 0, 1, 2, 1], value=-1)
    pad([2, 3, 4], [-1, -1, -1, 0, 0, -1])
    pad([2, 2, 3, 4], [1, 2, 3, 4], value=0.75)
    pad([2, 2, 3, 4], [0, 1, -1, 2, 1, -1])
    pad([1, 2, 3, 3], [1, -1, -1, 1, 1, 0, 0, 1], value=0.5)
    pad([0, 2, 3], [1, 1])
    pad([1, 1, 3, 13], [5, 6, 1, 0])
    pad([1, 2, 2, 3, 2], [1, 0, 0, 1, 1, 1], value=1)
    for mode in MODES:
        pad([1, 2, 5], [1, 2], mode=mode)
        pad([2, 1, 5], [4, 0], mode=mode)
        pad([2, 1, 5], [0, 3], mode=mode)
        pad([2, 1, 5], [4, 4], mode=mode)
        pad([1, 2, 3, 4], [1, 1, 1, 1], mode=mode)
        pad([2, 2, 3, 4], [3, 0, 1, 2], mode=mode)
        pad([1, 1, 5, 4], [0, 2, 4, 0], mode=mode)
        pad([1, 1, 5, 4], [0, 0, 2, 1], mode=mode)
        pad([1, 1, 5, 4], [2, 1, 0, 0], mode=mode)
        pad([1, 2, 3, 13], [7, 5, 0, 1], mode=mode)
        pad([1, 2, 2, 3, 4], [1, 2, 2, 0, 1, 1], mode=mode)
        pad([2, 1, 3, 2, 3], [0, 1, 1, 0, 2, 0], mode=mode)
    for mode in MODES:
        pad([2, 5], [1, 2], mode=mode)
        pad([2, 3, 4], [3, 1, 2, 0], mode=mode)
        pad([2, 3, 3, 3], [2, 1, 0, 1, 1, 2], mode=mode)
        # negative pads crop; a cropped axis continues circularly from what is left
        pad([2, 1, 6], [-1, 2], mode=mode)
        pad([2, 1, 6], [2, -1], mode=mode)
        pad([2, 1, 6], [-2, -1], mode=mode)
        pad([1, 1, 5, 6], [-1, 2, 2, -1], mode=mode)
        pad([1, 1, 5, 6], [1, -3, -2, 1], mode=mode)
        pad([1, 1, 3, 4, 5], [-1, 2, 0, -1, 1, -1], mode=mode)
    pad([1, 1, 3], [3, 3], mode="circular")
    pad([1, 1, 2, 3], [3, 1, 2, 2], mode="circular")
    pad([1, 1, 2, 1], [3, 4, 5, 6], mode="replicate")
    return moves.cases


def unfold_cases():
    moves = Moves()

    def unfold(input, kernel, **options):
        arguments = {name: pair(value, 2) for name, value in options.items()}
        moves.add_result(
            input, {"kernelSize": kernel, "options": options}, lambda x: F.unfold(x, pair(kernel, 2), **arguments)
        )

    for kernel in [1, 2, 3, [1, 3], [3, 1], [2, 3], [4, 5]]:
        unfold([1, 2, 4, 5], kernel)
    for kernel in [2, [3, 2]]:
        unfold([3, 4, 5], kernel)
        for padding in [1, [0, 1], [2, 1]]:
            unfold([1, 2, 4, 3], kernel, padding=padding)
        for stride in [2, 3, [1, 2], [3, 1]]:
            unfold([2, 1, 5, 7], kernel, stride=stride)
        for dilation in [2, [1, 3], [2, 1]]:
            unfold([1, 2, 5, 6], kernel, dilation=dilation)
        unfold([2, 2, 5, 6], kernel, dilation=[2, 1], padding=[1, 2], stride=[2, 3])
        unfold([2, 5, 6], kernel, dilation=[1, 2], padding=[2, 1], stride=[3, 2])
    unfold([1, 3, 3, 13], [3, 3], padding=1)
    unfold([1, 1, 1, 1], 1)
    unfold([1, 1, 2, 2], 3, padding=2, stride=4)
    return moves.cases


def tensor_unfold_cases():
    moves = Moves()

    def unfold(input, dimension, size, step):
        moves.add_result(
            input,
            {"dimension": dimension, "size": size, "step": step},
            lambda x: x.unfold(dimension, size, step).contiguous(),
        )

    unfold([7], 0, 2, 1)
    unfold([7], 0, 2, 3)
    unfold([7], -1, 7, 1)
    unfold([7], 0, 1, 1)
    unfold([7], 0, 3, 10)
    for dimension in [0, 1, 2, -1, -2, -3]:
        unfold([4, 5, 6], dimension, 3, 1)
        unfold([4, 5, 6], dimension, 2, 2)
        unfold([4, 5, 6], dimension, 4, 3)
    for dimension in [0, 1, 2, 3, -1, -4]:
        unfold([2, 3, 4, 5], dimension, 2, 1)
    unfold([2, 3, 4, 5], 2, 3, 1)
    unfold([2, 3, 4, 5], -1, 3, 2)
    unfold([1, 2, 3, 2, 4], 2, 2, 1)
    unfold([1, 2, 3, 2, 4], -1, 4, 1)
    return moves.cases


write(
    "conv.json",
    "written by generate.py; output in units of 1/65536",
    {"conv2d": conv2d_cases(), "conv1d": conv1d_cases()},
)
write(
    "pad-unfold.json",
    "written by generate.py; output in units of 1/256",
    {"pad": pad_cases(), "unfold": unfold_cases(), "tensorUnfold": tensor_unfold_cases()},
)
