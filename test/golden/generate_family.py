#!/usr/bin/env python3
"""Writes transposed.json and gradients.json: results of real PyTorch, the oracle of the golden tests.

    python3 test/golden/generate_family.py        (PyTorch 1.13)

As in generate.py, inputs are not stored: both sides make them with `values(seed, count)`, multiples of 1/256 in
[-1, 1). Every product is then a multiple of 2^-16 and every sum below 2^8 is exact in float32 whatever the order of
summation, so results are stored as integers in units of 2^-16 and are exact. Gradients are autograd's in float64;
that of a bias sums values of gradOutput alone and is stored in units of 2^-8.

An options object is stored as the TypeScript API takes it. A case's tensors use consecutive seeds: input `seed`,
weight `seed + 1`, then the bias (transposed.json) or gradOutput (gradients.json) `seed + 2`.
"""

import json

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import MODES, integers, pair, same_in_float32, tensor, write


def transposed(axes, x, weight, bias, options):
    return (F.conv_transpose2d if axes == 2 else F.conv_transpose1d)(
        x,
        weight,
        bias,
        stride=pair(options.get("stride", 1), axes),
        padding=pair(options.get("padding", 0), axes),
        output_padding=pair(options.get("outputPadding", 0), axes),
        groups=options.get("groups", 1),
        dilation=pair(options.get("dilation", 1), axes),
    )


def convolution(x, weight, bias, options):
    """conv2d, by the layer where there is a padding mode. Autograd reaches x, weight and bias."""
    padding = options.get("padding", 0)
    padding = padding if isinstance(padding, str) else pair(padding, 2)
    stride, dilation = pair(options.get("stride", 1), 2), pair(options.get("dilation", 1), 2)
    groups = options.get("groups", 1)
    mode = options.get("paddingMode", "zeros")
    if mode == "zeros":
        return F.conv2d(x, weight, bias, stride, padding, dilation, groups)
    layer = nn.Conv2d(
        weight.shape[1] * groups,
        weight.shape[0],
        tuple(weight.shape[2:]),
        stride=stride,
        padding=padding,
        dilation=dilation,
        groups=groups,
        padding_mode=mode,
    )
    # the layer's own forward with tensors that autograd follows
    return layer._conv_forward(x, weight, bias) if x.dim() == 4 else layer._conv_forward(x[None], weight, bias)[0]


class Cases:
    def __init__(self):
        self.cases = []
        self.names = set()

    def add(self, seed, input, weight, options, **results):
        case = {"seed": seed, "input": input, "weight": weight, "options": options, **results}
        name = json.dumps([input, weight, options, results.get("bias")])
        assert name not in self.names, "twice: " + name
        self.names.add(name)
        self.cases.append(case)

    def next_seed(self):
        return 1 + 4 * len(self.cases)


class Transposed(Cases):
    def __init__(self, axes):
        super().__init__()
        self.axes = axes

    def __call__(self, input, weight, bias=True, **options):
        seed = self.next_seed()
        x = tensor(seed, input)
        w = tensor(seed + 1, weight)
        b = tensor(seed + 2, [weight[1] * options.get("groups", 1)]) if bias else None
        exact = transposed(self.axes, x, w, b, options)
        same_in_float32(exact, transposed(self.axes, x.float(), w.float(), b.float() if bias else None, options))
        shape = list(exact.shape)
        self.add(seed, input, weight, options, bias=bias, shape=shape, output=integers(exact, 65536))


class Gradients(Cases):
    """Gradients of `function(x, weight, bias, options)` where its result has the gradient `gradOutput`."""

    def __init__(self, function, filters):
        super().__init__()
        self.function = function
        self.filters = filters

    def __call__(self, input, weight, **options):
        seed = self.next_seed()
        b = torch.zeros([self.filters(weight, options)], dtype=torch.float64)
        leaves = [each.requires_grad_() for each in [tensor(seed, input), tensor(seed + 1, weight), b]]
        y = self.function(*leaves, options)
        g = tensor(seed + 2, list(y.shape))
        exact = torch.autograd.grad(y, leaves, g)
        singles = [each.detach().float().requires_grad_() for each in leaves]
        single = torch.autograd.grad(self.function(*singles, options), singles, g.float())
        for one, other in zip(exact, single):
            same_in_float32(one, other)
        self.add(
            seed,
            input,
            weight,
            options,
            shape=list(y.shape),
            gradInput=integers(exact[0], 65536),
            gradWeight=integers(exact[1], 65536),
            gradBias=integers(exact[2], 256),
        )


def conv_transpose2d_cases():
    conv = Transposed(2)

    # channel tails on either side, with and without bias
    channels = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 15, 16, 24]
    for i, filters in enumerate(channels):
        conv([1, channels[-1 - i], 2, 2], [channels[-1 - i], filters, 2, 2], bias=i % 2 == 0, stride=2)
        conv([1, channels[(i + 5) % 13], 2, 2], [channels[(i + 5) % 13], filters, 3, 2], bias=i % 2 == 1)

    # widths around the tiles of 4, 8 and 12 pixels
    for width in [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 17, 25]:
        conv([1, 2, 2, width], [2, 2, 3, 3], padding=1)
        conv([1, 2, 2, width], [2, 1, 2, 2], stride=2, bias=False)
        conv([1, 2, 2, width], [2, 1, 4, 4], stride=2, padding=1)
    for width in [3, 6, 13]:
        conv([1, 1, 3, width], [1, 2, 3, 3], stride=2, padding=1, outputPadding=1)

    # long sums
    conv([1, 128, 2, 3], [128, 3, 3, 3])
    conv([1, 400, 1, 2], [400, 5, 2, 2], stride=2)
    conv([1, 60, 3, 3], [60, 2, 4, 4], stride=2, padding=1)
    conv([1, 520, 1, 2], [520, 3, 1, 1], bias=False)

    # every option alone
    base = [1, 3, 4, 5]
    for kernel in [[1, 1], [1, 3], [3, 1], [2, 2], [3, 3], [2, 5], [4, 3], [5, 5], [7, 7], [1, 6], [6, 1]]:
        conv(base, [3, 2] + kernel)
    for stride in [2, 3, 4, [1, 2], [2, 1], [3, 2], [2, 5]]:
        conv([1, 2, 3, 4], [2, 2, 3, 3], stride=stride)
        conv([1, 2, 3, 4], [2, 2, 3, 3], stride=stride, padding=1)
    # phases without taps: rows and columns that only the bias reaches
    for stride in [2, 3, [1, 2], [4, 1], [5, 3]]:
        conv([1, 2, 3, 3], [2, 2, 1, 1], stride=stride)
    for kernel in [[2, 2], [1, 2], [2, 1], [3, 2]]:
        conv([1, 2, 3, 3], [2, 1] + kernel, stride=[4, 3])
        conv([1, 2, 3, 3], [2, 1] + kernel, stride=[3, 5], padding=[1, 0], bias=False)
    conv([1, 2, 3, 3], [2, 2, 1, 1], stride=3, outputPadding=2)
    conv([1, 2, 2, 3], [2, 1, 2, 2], stride=5, outputPadding=[4, 3], padding=[1, 2])
    for padding in [1, 2, [0, 1], [1, 0], [2, 1]]:
        conv(base, [3, 2, 3, 3], padding=padding)
    # more padding than the kernel reaches, which crops
    conv([1, 2, 6, 7], [2, 2, 1, 1], padding=[1, 2])
    conv([1, 2, 6, 7], [2, 2, 2, 2], padding=[2, 3])
    conv([1, 2, 6, 7], [2, 2, 3, 3], padding=3)
    conv([1, 2, 5, 5], [2, 2, 2, 3], padding=4, stride=2)
    conv([1, 2, 4, 4], [2, 2, 3, 3], padding=[4, 2], stride=[3, 1])
    for output_padding in [1, [0, 1], [1, 0]]:
        for kernel in [[2, 2], [3, 3], [4, 5]]:
            conv([1, 2, 3, 2], [2, 2] + kernel, stride=2, padding=1, outputPadding=output_padding)
    for output_padding in [2, 3, [3, 1]]:
        conv([1, 2, 3, 2], [2, 1, 3, 3], stride=4, outputPadding=output_padding)
        # smaller than the dilation alone
        conv([1, 2, 3, 2], [2, 1, 2, 2], dilation=4, outputPadding=output_padding)
    conv([1, 2, 3, 2], [2, 1, 2, 2], dilation=[3, 1], stride=[1, 3], padding=[0, 1], outputPadding=2)
    for dilation in [2, 3, [1, 2], [2, 1], [3, 2]]:
        conv([1, 2, 3, 4], [2, 2, 3, 2], dilation=dilation)
        conv([1, 2, 3, 4], [2, 2, 2, 3], dilation=dilation, padding=1)
        # taps that fall on one phase, on some, on all
        conv([1, 2, 3, 3], [2, 1, 3, 3], dilation=dilation, stride=2)
        conv([1, 2, 3, 3], [2, 1, 2, 3], dilation=dilation, stride=[3, 4], padding=[1, 2])
    conv([1, 2, 2, 3], [2, 1, 3, 3], dilation=4, stride=6, padding=2, outputPadding=5)

    # steps and taps far apart, which must cost no memory
    conv([1, 2, 1, 1], [2, 3, 3, 2], stride=2**30)
    conv([1, 2, 3, 4], [2, 2, 1, 1], dilation=2**30)
    conv([1, 2, 1, 3], [2, 2, 1, 2], stride=[2**30, 2], dilation=[2**29, 3], padding=[0, 1])

    # groups, depthwise, multipliers
    for channel_count in [2, 3, 4, 5, 8, 13]:
        conv([1, channel_count, 3, 3], [channel_count, 1, 3, 3], groups=channel_count)
        conv([1, channel_count, 2, 3], [channel_count, 1, 4, 4], groups=channel_count, stride=2, padding=1, bias=False)
    for width in [3, 6, 13, 26]:
        conv([1, 2, 2, width], [2, 1, 3, 3], groups=2, stride=2, padding=1, outputPadding=1)
    conv([1, 3, 3, 4], [3, 2, 3, 3], groups=3)
    conv([1, 2, 3, 4], [2, 4, 3, 3], groups=2, padding=1, stride=[1, 2])
    conv([1, 4, 3, 4], [4, 3, 2, 3], groups=4, dilation=[2, 1])
    conv([1, 4, 3, 3], [4, 3, 3, 3], groups=2)
    conv([1, 6, 3, 3], [6, 2, 3, 3], groups=2, padding=1, stride=2)
    conv([1, 6, 3, 2], [6, 3, 2, 3], groups=3, bias=False)
    conv([1, 12, 2, 3], [12, 4, 1, 1], groups=4)
    conv([1, 24, 2, 2], [24, 3, 3, 3], groups=8, padding=1)
    conv([2, 10, 2, 2], [10, 3, 3, 2], groups=5, stride=2, padding=1, outputPadding=[1, 0])
    conv([1, 12, 2, 2], [12, 1, 2, 2], groups=4, stride=2)

    # batches, none, and unbatched
    conv([2, 3, 3, 2], [3, 4, 3, 3])
    conv([3, 2, 2, 3], [2, 2, 3, 3], padding=1, bias=False)
    conv([5, 1, 2, 3], [1, 2, 2, 2], stride=2)
    conv([3, 4, 2, 2], [4, 1, 3, 3], groups=4, padding=1, stride=2)
    conv([2, 5, 3, 3], [5, 4, 1, 1])
    conv([0, 3, 3, 4], [3, 2, 3, 3])
    conv([0, 3, 3, 4], [3, 2, 4, 4], stride=2, padding=1, bias=False)
    conv([0, 4, 3, 4], [4, 1, 3, 3], groups=4, stride=2, outputPadding=1)
    for options in [{}, {"padding": 1}, {"stride": 2, "outputPadding": 1}, {"dilation": [1, 2]}]:
        conv([3, 3, 4], [3, 2, 3, 3], **options)
    conv([4, 3, 3], [4, 1, 4, 4], groups=4, stride=2, padding=1)
    conv([3, 3, 4], [3, 2, 1, 1], bias=False)

    # all options at once
    conv([1, 4, 3, 3], [4, 2, 3, 2], stride=[2, 3], padding=[2, 1], outputPadding=[1, 2], dilation=[2, 3], groups=2)
    conv(
        [2, 6, 3, 4],
        [6, 2, 2, 3],
        stride=[3, 1],
        padding=[1, 3],
        outputPadding=[2, 1],
        dilation=[3, 2],
        groups=3,
        bias=False,
    )
    conv([1, 5, 3, 4], [5, 2, 3, 4], stride=[1, 2], padding=[4, 5], outputPadding=[2, 1], dilation=[3, 2], groups=5)

    # phases of one tap with as many outputs as there are inputs, in rows of another length
    conv([1, 1, 3, 2], [1, 4, 2, 2], stride=2, padding=[1, 0], dilation=[1, 3])
    conv([1, 5, 4, 3], [5, 6, 2, 2], stride=2, padding=[1, 0], dilation=[1, 3])
    return conv.cases


def conv_transpose1d_cases():
    conv = Transposed(1)
    for i, filters in enumerate([1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 15, 16, 24]):
        channels = [24, 1, 16, 2, 15, 3, 13, 4, 12, 5, 8, 6, 7][i]
        conv([1, channels, 4], [channels, filters, 3], bias=i % 2 == 0)
    for width in [1, 2, 3, 4, 5, 8, 11, 12, 13, 17, 25]:
        conv([1, 2, width], [2, 3, 4], stride=2, padding=1)
    for kernel in [1, 2, 3, 4, 5, 9]:
        conv([2, 3, 6], [3, 2, kernel])
        conv([1, 2, 5], [2, 3, kernel], stride=3, bias=False)
    for stride in [2, 3, [5]]:
        conv([1, 3, 6], [3, 2, 3], stride=stride, outputPadding=1)
        conv([1, 3, 6], [3, 2, 4], stride=stride, padding=[2])
    for dilation in [2, 3, [4]]:
        conv([1, 3, 6], [3, 2, 3], dilation=dilation)
        conv([1, 3, 5], [3, 2, 3], dilation=dilation, stride=2, padding=1, outputPadding=[1])
    conv([1, 4, 6], [4, 1, 3], groups=4, padding=1)
    conv([1, 5, 5], [5, 2, 5], groups=5, padding=2, stride=2)
    conv([2, 6, 4], [6, 2, 3], groups=2)
    conv([3, 5], [3, 4, 3])
    conv([4, 5], [4, 1, 3], groups=4, stride=2, bias=False)
    conv([0, 3, 5], [3, 4, 3], padding=1)
    conv([1, 200, 3], [200, 3, 3])
    conv([1, 2, 150], [2, 1, 140], padding=130)
    conv([1, 2, 1], [2, 3, 3], stride=2**30)
    return conv.cases


def conv2d_gradient_cases():
    conv = Gradients(convolution, lambda weight, options: weight[0])

    # channel tails on either side
    channels = [1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 16]
    for i, filters in enumerate(channels):
        conv([1, channels[-1 - i], 3, 4], [filters, channels[-1 - i], 2, 2])
        conv([1, channels[(i + 5) % 11], 2, 3], [filters, channels[(i + 5) % 11], 1, 1])
    conv([1, 3, 4, 5], [4, 3, 3, 3], padding=1)
    conv([1, 5, 3, 3], [9, 5, 3, 3], padding=1)

    # widths around the tiles
    for width in [1, 2, 3, 4, 5, 7, 8, 9, 11, 12, 13, 17, 25]:
        conv([1, 1, 3, width], [2, 1, 3, 3], padding=1)
        conv([1, 2, 2, width], [2, 2, 1, 1])
        if width > 2:
            conv([1, 2, 3, width], [2, 2, 3, 3], stride=2, padding=1)

    # long sums over the filters, over the outputs, over the batch
    conv([1, 1, 3, 4], [120, 1, 2, 1])
    conv([1, 1, 17, 15], [2, 1, 2, 2])
    conv([20, 1, 3, 3], [2, 1, 2, 2])

    # every option alone
    base = [1, 2, 6, 7]
    for kernel in [[1, 1], [1, 3], [3, 1], [2, 2], [3, 3], [2, 5], [4, 3], [5, 5], [6, 7], [1, 7], [6, 1]]:
        conv(base, [2, 2] + kernel)
    # windows that do not reach the last rows and columns among them
    for stride in [2, 3, 4, [1, 2], [2, 1], [3, 2], [2, 5], [6, 7]]:
        conv(base, [2, 2, 3, 3], stride=stride)
        conv(base, [2, 2, 2, 2], stride=stride)
    for stride in [2, 3, [1, 2], [4, 1]]:
        conv(base, [3, 2, 1, 1], stride=stride)
        conv(base, [2, 2, 3, 2], stride=stride, padding=1)
    conv([1, 2, 8, 9], [2, 2, 2, 3], stride=[5, 4], padding=[1, 0])
    for padding in [1, 2, [0, 1], [1, 0], [2, 3]]:
        conv([1, 2, 3, 4], [2, 2, 3, 3], padding=padding)
        conv([1, 2, 3, 4], [2, 2, 1, 1], padding=padding, stride=2)
    for dilation in [2, [1, 2], [2, 1], [2, 3]]:
        conv(base, [2, 2, 3, 3], dilation=dilation)
        conv([1, 2, 4, 5], [2, 2, 3, 2], dilation=dilation, padding=3, stride=2)
    conv(base, [2, 2, 3, 3], padding="valid")
    for kernel in [[3, 3], [2, 2], [4, 3], [1, 1]]:
        conv([1, 2, 4, 5], [2, 2] + kernel, padding="same")
        conv([1, 2, 4, 5], [2, 2] + kernel, padding="same", dilation=[2, 3])
    conv([1, 2, 5, 6], [2, 2, 3, 3], stride=2**30)
    conv([1, 2, 3, 4], [2, 2, 1, 1], dilation=2**30)

    # groups, depthwise, multipliers
    for channel_count in [2, 3, 4, 5, 7, 9]:
        conv([1, channel_count, 4, 4], [channel_count, 1, 3, 3], groups=channel_count, padding=1)
        conv([1, channel_count, 3, 5], [channel_count, 1, 3, 3], groups=channel_count, padding=1, stride=2)
    conv([1, 3, 4, 5], [6, 1, 3, 3], groups=3)
    conv([1, 2, 4, 5], [8, 1, 3, 3], groups=2, padding=1, stride=[1, 2])
    conv([1, 4, 4, 4], [12, 1, 2, 3], groups=4, dilation=[2, 1])
    conv([1, 4, 4, 4], [6, 2, 3, 3], groups=2)
    conv([1, 6, 4, 3], [4, 3, 3, 3], groups=2, padding=1)
    conv([1, 6, 3, 4], [9, 2, 2, 2], groups=3)
    conv([1, 12, 2, 3], [16, 3, 1, 1], groups=4)
    conv([2, 10, 3, 3], [15, 2, 3, 2], groups=5, stride=2, padding=1)
    conv([2, 4, 4, 3], [4, 1, 3, 3], groups=4, padding="same", dilation=2)

    # batches, none, and unbatched
    conv([3, 2, 4, 3], [3, 2, 3, 3], padding=1)
    conv([2, 2, 4, 5], [3, 2, 2, 3], stride=2)
    conv([2, 5, 3, 3], [3, 5, 1, 1])
    conv([0, 2, 4, 5], [3, 2, 3, 3])
    conv([0, 2, 4, 5], [3, 2, 3, 3], padding=1, stride=2)
    conv([0, 4, 4, 5], [4, 1, 3, 3], groups=4)
    for options in [{}, {"padding": 1}, {"stride": 2}, {"padding": "same"}, {"dilation": [1, 2]}]:
        conv([2, 4, 5], [2, 2, 3, 3], **options)
    conv([4, 4, 3], [4, 1, 3, 3], groups=4, padding=1)
    for mode in MODES:
        conv([2, 4, 5], [2, 2, 3, 3], padding=[1, 2], paddingMode=mode)

    # padding modes against every other option
    for mode in MODES:
        conv([1, 2, 4, 5], [2, 2, 3, 3], padding=0, paddingMode=mode)
        conv([1, 2, 4, 5], [2, 2, 3, 3], padding=1, paddingMode=mode)
        conv([1, 1, 4, 5], [2, 1, 3, 3], padding=3, paddingMode=mode)
        conv([1, 1, 5, 6], [2, 1, 3, 3], padding=[4, 0], paddingMode=mode)
        conv([1, 1, 5, 6], [2, 1, 3, 3], padding=[0, 5], paddingMode=mode)
        conv([1, 1, 3, 13], [2, 1, 3, 5], padding=[1, 2], paddingMode=mode)
        conv([1, 2, 5, 6], [2, 2, 3, 3], padding=2, stride=[2, 3], paddingMode=mode)
        conv([1, 2, 5, 6], [2, 2, 3, 2], padding=[2, 1], dilation=[2, 3], paddingMode=mode)
        conv([1, 4, 4, 4], [4, 1, 3, 3], padding=1, groups=4, paddingMode=mode)
        conv([1, 4, 4, 5], [6, 2, 3, 3], padding=2, stride=2, groups=2, paddingMode=mode)
        conv([2, 2, 3, 3], [3, 2, 1, 1], padding=1, paddingMode=mode)
        conv([1, 2, 4, 5], [2, 2, 3, 3], padding="same", paddingMode=mode)
        conv([1, 2, 4, 5], [2, 2, 4, 2], padding="same", paddingMode=mode)
        conv([1, 1, 6, 7], [2, 1, 2, 4], padding="same", dilation=[3, 2], paddingMode=mode)
        conv([1, 2, 5, 6], [2, 2, 3, 3], padding="valid", stride=2, paddingMode=mode)
        conv([0, 2, 4, 5], [2, 2, 3, 3], padding=1, paddingMode=mode)
        conv(
            [2, 4, 5, 6],
            [6, 2, 3, 2],
            stride=[2, 3],
            padding=[3, 1],
            dilation=[2, 1],
            groups=2,
            paddingMode=mode,
        )
    conv([1, 1, 3, 4], [2, 1, 3, 3], padding=[3, 4], paddingMode="circular")
    conv([1, 1, 3, 4], [2, 1, 3, 3], padding=[7, 9], stride=2, paddingMode="replicate")
    conv([1, 1, 1, 1], [2, 1, 3, 3], padding=1, paddingMode="replicate")
    conv([1, 1, 1, 1], [2, 1, 3, 3], padding=1, paddingMode="circular")

    # all options at once
    conv([2, 4, 7, 8], [6, 2, 3, 2], stride=[2, 3], padding=[2, 1], dilation=[2, 3], groups=2)
    conv([1, 6, 6, 5], [6, 2, 2, 3], stride=[3, 1], padding=[1, 3], dilation=[3, 2], groups=3)
    conv([1, 5, 6, 5], [10, 1, 3, 4], stride=[1, 2], padding=[4, 5], dilation=[3, 2], groups=5)

    # as many outputs as a phase of the image has pixels, in rows of another length
    conv([1, 4, 4, 6], [1, 4, 2, 2], stride=2, padding=[1, 0], dilation=[1, 3])
    return conv.cases


def conv_transpose2d_gradient_cases():
    conv = Gradients(
        lambda x, weight, bias, options: transposed(2, x, weight, bias, options),
        lambda weight, options: weight[1] * options.get("groups", 1),
    )
    for i, filters in enumerate([1, 2, 3, 4, 5, 7, 8, 13]):
        channels = [13, 6, 12, 1, 8, 2, 5, 3][i]
        conv([1, channels, 2, 3], [channels, filters, 2, 2], stride=2)
        conv([1, channels, 3, 2], [channels, filters, 1, 1])
    for width in [1, 4, 5, 8, 12, 13, 25]:
        conv([1, 1, 2, width], [1, 2, 3, 3], padding=1)
        conv([1, 2, 2, width], [2, 1, 4, 4], stride=2, padding=1)
    base = [1, 2, 3, 4]
    for kernel in [[1, 1], [1, 3], [3, 1], [2, 2], [3, 3], [4, 5], [5, 5]]:
        conv(base, [2, 2] + kernel)
        conv(base, [2, 3] + kernel, stride=[3, 2])
    for stride in [2, 4, [1, 2], [5, 3]]:
        conv(base, [2, 2, 2, 3], stride=stride, padding=1)
    for padding in [2, 3, [0, 1], [1, 3]]:
        conv([1, 2, 6, 7], [2, 2, 2, 3], padding=padding)
    for output_padding in [1, [0, 1], [1, 0]]:
        conv(base, [2, 2, 3, 2], stride=2, padding=1, outputPadding=output_padding)
    conv(base, [2, 2, 1, 1], stride=3, outputPadding=2)
    conv(base, [2, 2, 2, 2], dilation=3, outputPadding=[2, 1])
    for dilation in [2, [1, 3], [3, 2]]:
        conv(base, [2, 2, 3, 3], dilation=dilation)
        conv(base, [2, 2, 2, 3], dilation=dilation, stride=2, padding=1, outputPadding=1)
    conv([1, 2, 1, 1], [2, 3, 3, 2], stride=2**30)
    for channel_count in [3, 4, 8]:
        conv([1, channel_count, 3, 3], [channel_count, 1, 3, 3], groups=channel_count, padding=1)
        conv([1, channel_count, 2, 3], [channel_count, 2, 4, 4], groups=channel_count, stride=2, padding=1)
    conv([1, 4, 3, 3], [4, 3, 3, 3], groups=2)
    conv([1, 6, 3, 2], [6, 2, 2, 3], groups=3, stride=2, outputPadding=[0, 1])
    conv([3, 2, 3, 3], [2, 3, 3, 3], padding=1)
    conv([2, 3, 2, 3], [3, 2, 2, 2], stride=2)
    conv([0, 2, 3, 4], [2, 3, 3, 3], stride=2)
    conv([0, 4, 3, 4], [4, 1, 3, 3], groups=4)
    for options in [{}, {"stride": 2, "outputPadding": 1}, {"padding": 1, "dilation": [2, 1]}]:
        conv([2, 3, 4], [2, 2, 3, 3], **options)
    conv([2, 4, 3, 2], [4, 3, 3, 2], stride=[2, 3], padding=[2, 1], outputPadding=[1, 2], dilation=[2, 3], groups=2)
    conv([1, 5, 3, 4], [5, 2, 3, 4], stride=[1, 2], padding=[4, 5], outputPadding=[2, 1], dilation=[3, 2], groups=5)
    return conv.cases


write(
    "transposed.json",
    "written by generate_family.py; output in units of 1/65536",
    {"convTranspose2d": conv_transpose2d_cases(), "convTranspose1d": conv_transpose1d_cases()},
)
write(
    "gradients.json",
    "written by generate_family.py; gradInput and gradWeight in units of 1/65536, gradBias in units of 1/256",
    {"conv2d": conv2d_gradient_cases(), "convTranspose2d": conv_transpose2d_gradient_cases()},
)
