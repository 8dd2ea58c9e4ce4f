#!/usr/bin/env python3
"""Writes images.json: results of real PyTorch for pools, changes of size and what only moves values.

    python3 test/golden/generate_images.py        (PyTorch 1.13)

As in generate.py, inputs are not stored: both sides make them with `values(seed, count)`, multiples of 1/256 in
[-1, 1). What takes or moves values is stored as integers in units of 2^-8 and is exact. Means and mixtures are float32
results of torch, as decimal numbers that give the same float32 back; torch's own order of rounding is not the only
one, so they are compared with a tolerance.

Arguments and options are stored as the TypeScript API takes them.
"""

import json

import torch
import torch.nn.functional as F

from common import integers, pair, tensor, write


class Cases:
    """Calls of one function; `exact` where it computes no new values."""

    def __init__(self, function, exact):
        self.function = function
        self.exact = exact
        self.cases = []
        self.names = set()

    def __call__(self, input, *arguments, **options):
        name = json.dumps([input, arguments, options])
        assert name not in self.names, "twice: " + name
        self.names.add(name)
        seed = 1 + len(self.cases)
        # cat takes several
        shapes = input if isinstance(input[0], list) else [input]
        inputs = [tensor(seed + 100 * i, shape).float() for i, shape in enumerate(shapes)]
        result = self.function(inputs if shapes is input else inputs[0], *arguments, **options)
        assert result.dtype == torch.float32
        if self.exact:
            output = integers(result, 256)
        else:
            output = [float("%.9g" % value) for value in result.reshape(-1).tolist()]
        case = {"seed": seed, "input": input, "arguments": arguments, "options": options}
        self.cases.append({**case, "shape": list(result.shape), "output": output})


def max_pool(axes):
    def call(x, kernel, stride=None, padding=0, dilation=1, ceilMode=False):
        function = F.max_pool2d if axes == 2 else F.max_pool1d
        return function(x, kernel, stride, padding, dilation, ceilMode)

    return call


def avg_pool2d(x, kernel, stride=None, padding=0, ceilMode=False, countIncludePad=True, divisorOverride=None):
    return F.avg_pool2d(x, kernel, stride, padding, ceilMode, countIncludePad, divisorOverride)


def avg_pool1d(x, kernel, stride=None, padding=0, ceilMode=False, countIncludePad=True):
    return F.avg_pool1d(x, kernel, stride, padding, ceilMode, countIncludePad)


def interpolate(x, size=None, scaleFactor=None, mode="nearest", alignCorners=None):
    return F.interpolate(
        x,
        size if size is None else pair(size, 2),
        scaleFactor if scaleFactor is None else pair(scaleFactor, 2),
        mode,
        alignCorners,
    )


def sliding(pool):
    """Windows that both kinds of pool take."""
    for kernel in [1, 2, 3, [2, 3], [3, 1], 5]:
        pool([1, 2, 7, 9], kernel)
        pool([1, 2, 7, 9], kernel, stride=1)
        pool([2, 6, 8], kernel, stride=2)
        pool([1, 1, 7, 8], kernel, stride=[1, 3], ceilMode=True)
    for width in [3, 4, 5, 8, 9, 10, 17]:
        pool([1, 1, 5, width], 3, stride=2, padding=1)
        pool([1, 1, 5, width], 3, stride=2, ceilMode=True)
        pool([1, 1, 5, width], 3, stride=1, padding=1)
        pool([1, 1, 4, width], 2, ceilMode=True)
    for padding in [1, [0, 1], [1, 0]]:
        pool([1, 2, 6, 7], [2, 3], stride=[3, 2], padding=padding)
        pool([1, 2, 6, 7], [2, 3], stride=[3, 2], padding=padding, ceilMode=True)
    # a last window in the padding alone does not count
    pool([1, 1, 4, 4], 2, stride=3, padding=1, ceilMode=True)
    pool([1, 1, 3, 6], 1, stride=2, ceilMode=True)
    pool([1, 1, 6, 7], 4, stride=5, padding=2, ceilMode=True)
    pool([0, 2, 4, 4], 2)
    pool([1, 2, 3, 4], [3, 4])


def max_cases():
    pool = Cases(max_pool(2), True)
    sliding(pool)
    for dilation in [2, [1, 3]]:
        pool([1, 2, 9, 10], 3, dilation=dilation)
        pool([1, 2, 9, 10], [2, 3], stride=2, dilation=dilation, padding=1)
        pool([1, 2, 9, 10], 2, stride=[2, 1], dilation=dilation, padding=1, ceilMode=True)
    pool([1, 1, 3, 3], 2, dilation=3, padding=1)
    return pool.cases


def avg_cases():
    pool = Cases(avg_pool2d, False)
    sliding(pool)
    for ceil in [False, True]:
        for include in [False, True]:
            pool([1, 1, 6, 7], 3, stride=2, padding=1, ceilMode=ceil, countIncludePad=include)
            pool([1, 1, 5, 6], [2, 5], stride=[2, 3], padding=[1, 2], ceilMode=ceil, countIncludePad=include)
    pool([1, 2, 5, 6], 3, divisorOverride=2)
    pool([1, 1, 5, 6], 3, stride=2, padding=1, divisorOverride=5)
    pool([1, 1, 5, 6], 3, stride=2, padding=1, ceilMode=True, countIncludePad=False, divisorOverride=7)
    return pool.cases


def one_axis(pool):
    pool([1, 2, 9], 2)
    pool([1, 2, 9], [3], stride=2, padding=1)
    pool([2, 9], 4, stride=3, ceilMode=True)
    pool([2, 1, 13], 5, stride=1, padding=2)
    return pool.cases


def adaptive_cases(function, exact):
    pool = Cases(function, exact)
    for size in [1, 2, 3, 5, 7, [1, 4], [6, 1], [9, 12], [None, 2], [3, None], [None, None]]:
        pool([1, 2, 6, 7], size)
    pool([3, 7, 7], 1)
    pool([2, 8, 12], [4, 3])
    pool([1, 1, 1, 1], 3)
    pool([0, 2, 4, 4], 2)
    return pool.cases


def adaptive_signal_cases():
    pool = Cases(F.adaptive_avg_pool1d, False)
    for size in [1, 2, 4, 9, 11]:
        pool([1, 2, 9], size)
    pool([2, 12], [3])
    return pool.cases


def nearest_cases():
    scale = Cases(interpolate, True)
    for factor in [1, 2, 3, 4, 0.5, 1.5, 0.75, 2.5, [2, 1], [1, 2], [0.5, 3], 1.1, 0.9, 2.1, [1.3, 2.3]]:
        scale([1, 2, 3, 5], scaleFactor=factor)
    for width in [1, 2, 4, 7, 8, 9]:
        scale([1, 1, 2, width], scaleFactor=2)
    for size in [1, 4, [2, 5], [7, 3], [6, 10], [9, 11]]:
        scale([1, 1, 3, 5], size=size)
    # places that float32 does not hit exactly
    for length in [10, 11, 14, 21, 35, 41, 47, 49, 55, 61, 83, 97]:
        scale([1, 1, 1, 7], size=[1, length])
        scale([1, 1, 1, length], size=[1, 7])
    scale([1, 1, 1, 10], scaleFactor=[1, 4.1])
    scale([1, 1, 1, 13], scaleFactor=[1, 0.7])
    scale([0, 2, 3, 3], scaleFactor=2)
    return scale.cases


def bilinear_cases():
    scale = Cases(interpolate, False)
    for corners in [None, False, True]:
        options = {"mode": "bilinear"} if corners is None else {"mode": "bilinear", "alignCorners": corners}
        for size in [1, [2, 5], [3, 5], [4, 9], [7, 3], [6, 10]]:
            scale([1, 1, 3, 5], size=size, **options)
        for factor in [1, 2, 4, 0.5, 1.5, [2, 1], [1, 3], 1.1, [0.7, 2.6]]:
            scale([1, 1, 3, 5], scaleFactor=factor, **options)
    scale([2, 2, 3, 4], scaleFactor=2, mode="bilinear")
    scale([1, 1, 1, 1], size=4, mode="bilinear")
    scale([1, 2, 3, 1], size=[5, 6], mode="bilinear", alignCorners=True)
    return scale.cases


def moved(function, calls):
    cases = Cases(function, True)
    for call in calls:
        cases(*call)
    return cases.cases


def permutations():
    yield [3, 4], [1, 0]
    yield [5], [0]
    yield [9, 6], [-1, 0]
    for dims in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]]:
        yield [3, 5, 4], dims
    for dims in [[0, 2, 1, 3], [0, 2, 3, 1], [0, 3, 1, 2], [3, 2, 1, 0], [1, 0, 3, 2], [2, 3, 0, 1]]:
        yield [2, 3, 5, 6], dims
    yield [2, 1, 3, 2, 1, 4], [5, 1, 3, 0, 4, 2]
    yield [2, 0, 3], [2, 0, 1]


write(
    "images.json",
    "written by generate_images.py; in units of 1/256, but for avgPool, adaptiveAvgPool and bilinear",
    {
        "maxPool2d": max_cases(),
        "maxPool1d": one_axis(Cases(max_pool(1), True)),
        "adaptiveMaxPool2d": adaptive_cases(F.adaptive_max_pool2d, True),
        "avgPool2d": avg_cases(),
        "avgPool1d": one_axis(Cases(avg_pool1d, False)),
        "adaptiveAvgPool2d": adaptive_cases(F.adaptive_avg_pool2d, False),
        "adaptiveAvgPool1d": adaptive_signal_cases(),
        "nearest": nearest_cases(),
        "bilinear": bilinear_cases(),
        "cat": moved(
            lambda tensors, dim: torch.cat(tensors, dim),
            [
                ([[2, 3], [1, 3]], 0),
                ([[2, 3], [2, 1], [2, 4]], 1),
                ([[1, 2, 3, 4], [1, 5, 3, 4]], 1),
                ([[2, 2, 3, 4], [2, 1, 3, 4]], 1),
                ([[2, 2, 3, 4], [2, 2, 3, 9]], -1),
                ([[2, 3], [0, 3]], 0),
                ([[4]], 0),
            ],
        ),
        "permute": moved(lambda x, dims: x.permute(dims).contiguous(), permutations()),
        "flatten": moved(
            lambda x, *dims: torch.flatten(x, *dims),
            [([2, 3, 4],), ([2, 3, 4, 5], 1), ([2, 3, 4], 0, 1), ([2, 3, 4], -2, -1), ([2, 3], 1, 1)],
        ),
        "pixelShuffle": moved(
            F.pixel_shuffle,
            [([1, 4, 2, 3], 2), ([8, 3, 5], 2), ([2, 9, 2, 7], 3), ([1, 16, 3, 5], 4), ([3, 2, 2], 1), ([2, 2, 4, 1, 2], 2)],
        ),
        "pixelUnshuffle": moved(
            F.pixel_unshuffle,
            [([1, 1, 4, 6], 2), ([2, 6, 10], 2), ([2, 1, 6, 9], 3), ([1, 1, 8, 20], 4), ([3, 2, 2], 1), ([2, 2, 1, 2, 4], 2)],
        ),
    },
)
