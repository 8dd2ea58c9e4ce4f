#!/usr/bin/env python3
"""Writes fusion.json: results of real PyTorch for fold, batch norm, its folding and RepVGG's block.

    python3 test/golden/generate_fusion.py        (PyTorch 1.13)

Inputs are not stored. Both sides make them with `values(seed, count)`, multiples of 1/256 in [-1, 1); variances are
those plus 1.25. fold only adds such values, so its results are exact and stored as integers in units of 2^-8. The
others are computed in float64 from these exact inputs and stored with 8 significant digits.

A case's tensors use consecutive seeds in the order in which the functions below draw them.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.nn.utils.fusion import fuse_conv_bn_weights

from common import values, write


class Draw:
    """Tensors of consecutive seeds."""

    def __init__(self, seed):
        self.seed = seed

    def __call__(self, shape, plus=0):
        out = torch.tensor(values(self.seed, math.prod(shape)), dtype=torch.float64).reshape(shape) + plus
        self.seed += 1
        return out

    def statistics(self, channels, affine=True):
        """mean, variance, weight, bias"""
        mean, variance = self([channels]), self([channels], 1.25)
        return (mean, variance) + ((self([channels]), self([channels])) if affine else (None, None))


def rounded(result, single):
    """8 significant digits; fails where torch's own float32 result is another."""
    assert single.dtype == torch.float32 and single.shape == result.shape
    assert torch.allclose(single.double(), result, rtol=1e-5, atol=1e-5), (single.double() - result).abs().max()
    return [float("%.8g" % v) for v in result.reshape(-1).tolist()]


def floats(tensors):
    return [t if t is None else t.float() for t in tensors]


# ---- fold ----


def fold_cases():
    cases = []

    def fold(input, outputSize, kernelSize, **options):
        seed = 1 + len(cases)
        x = Draw(seed)(input)
        as_torch = lambda value: tuple(value) if isinstance(value, list) else value
        function = lambda x: F.fold(
            x, as_torch(outputSize), as_torch(kernelSize), **{k: as_torch(v) for k, v in options.items()}
        )
        exact = function(x)
        assert torch.equal(function(x.float()).double(), exact)
        scaled = (exact * 256).reshape(-1)
        assert torch.equal(scaled, scaled.round())
        cases.append(
            {
                "seed": seed,
                "input": input,
                "outputSize": outputSize,
                "kernelSize": kernelSize,
                "options": options,
                "shape": list(exact.shape),
                "output": [int(v) for v in scaled.tolist()],
            }
        )

    fold([1, 4, 12], [4, 5], 2)
    fold([2, 12, 6], [3, 4], [2, 2])
    fold([1, 9, 4], 4, 3)
    fold([1, 6, 8], [5, 4], [2, 3])
    fold([1, 2, 20], [4, 5], 1, stride=1, padding=0)
    fold([1, 18, 20], [4, 5], 3, padding=1)
    fold([1, 4, 4], 4, 2, stride=2)
    fold([1, 4, 4], 5, 2, stride=2)
    fold([1, 4, 4], [7, 5], 2, stride=[3, 2])
    fold([1, 2, 4], 7, [1, 2], stride=5)
    fold([1, 9, 9], 7, 3, dilation=2)
    fold([1, 6, 8], [4, 6], [3, 2], dilation=[1, 4], padding=[1, 0], stride=[1, 1])
    fold([1, 4, 12], [3, 4], 2, padding=1, stride=[1, 2])
    fold([2, 18, 6], [6, 5], 3, dilation=[2, 1], padding=[1, 2], stride=[2, 3])
    fold([1, 1, 9], 1, 1, padding=1)
    fold([1, 9, 4], 2, 3, padding=2, stride=2)
    fold([4, 12], [4, 5], 2)
    fold([8, 6], [5, 4], [2, 2], stride=[2, 1])
    fold([0, 4, 12], [4, 5], 2)
    fold([0, 18, 20], [4, 5], 3, padding=1)
    return cases


# ---- batch norm ----


def batch_norm_cases():
    cases = []

    def batch_norm(input, affine=True, eps=1e-5):
        seed = 101 + 8 * len(cases)
        draw = Draw(seed)
        x = draw(input)
        mean, variance, weight, bias = statistics = draw.statistics(input[-3], affine)

        def run(x, mean, variance, weight, bias):
            batched = x if x.dim() == 4 else x[None]
            return F.batch_norm(batched, mean, variance, weight, bias, False, 0.1, eps).reshape(x.shape)

        exact = run(x, *statistics)
        output = rounded(exact, run(x.float(), *floats(statistics)))
        cases.append({"seed": seed, "input": input, "affine": affine, "eps": eps, "output": output})

    batch_norm([1, 3, 4, 5])
    batch_norm([2, 4, 3, 3], affine=False)
    batch_norm([2, 5, 1, 2], eps=0.25)
    batch_norm([3, 4, 5])
    batch_norm([1, 1, 1, 1])
    batch_norm([0, 3, 2, 2])
    return cases


def fold_batch_norm_cases():
    cases = []

    def fold_batch_norm(shape, bias=True, affine=True, eps=1e-5):
        seed = 201 + 8 * len(cases)
        draw = Draw(seed)
        filters = shape[0]
        w = draw(shape)
        b = draw([filters]) if bias else None
        mean, variance, gamma, beta = draw.statistics(filters, affine)
        run = lambda w, b, mean, variance, gamma, beta: fuse_conv_bn_weights(w, b, mean, variance, eps, gamma, beta)
        arguments = (w, b, mean, variance, gamma, beta)
        exact, single = run(*arguments), run(*floats(arguments))
        cases.append(
            {
                "seed": seed,
                "shape": shape,
                "hasBias": bias,
                "affine": affine,
                "eps": eps,
                "weight": rounded(exact[0], single[0]),
                "bias": rounded(exact[1], single[1]),
            }
        )

    fold_batch_norm([4, 3, 3, 3])
    fold_batch_norm([3, 2, 1, 1], bias=False)
    fold_batch_norm([2, 2, 3, 2], affine=False)
    fold_batch_norm([4, 1, 3, 3], bias=False, affine=False, eps=0.5)
    fold_batch_norm([3, 2, 4])
    return cases


# ---- RepVGG ----


class RepVGGBlock(nn.Module):
    """The block as the paper draws it, before its activation."""

    def __init__(self, channels, filters, stride, groups, batch_norm):
        super().__init__()
        arguments = {"stride": stride, "groups": groups, "bias": not batch_norm}
        norm = (lambda: nn.BatchNorm2d(filters)) if batch_norm else (lambda: None)
        self.conv3x3 = nn.Conv2d(channels, filters, 3, padding=1, **arguments)
        self.bn3x3 = norm()
        self.conv1x1 = nn.Conv2d(channels, filters, 1, padding=0, **arguments)
        self.bn1x1 = norm()
        self.identity = channels == filters and stride == 1
        self.bn_identity = norm() if self.identity else None

    def forward(self, x):
        through = lambda norm, x: x if norm is None else norm(x)
        out = through(self.bn3x3, self.conv3x3(x)) + through(self.bn1x1, self.conv1x1(x))
        return out + through(self.bn_identity, x) if self.identity else out


def repvgg_cases():
    cases = []

    def repvgg(input, filters, stride=1, groups=1, batchNorm=True):
        seed = 301 + 32 * len(cases)
        draw = Draw(seed)
        x = draw(input)
        block = RepVGGBlock(input[1], filters, stride, groups, batchNorm).double().eval()
        # state_dict's order gives the seeds
        state = {
            name: value if name.endswith("num_batches_tracked") else draw(list(value.shape), 1.25 * ("running_var" in name))
            for name, value in block.state_dict().items()
        }
        block.load_state_dict(state)
        with torch.no_grad():
            exact = block(x)
            output = rounded(exact, block.float()(x.float()))
        cases.append(
            {
                "seed": seed,
                "input": input,
                "filters": filters,
                "options": {"stride": stride, "groups": groups, "batchNorm": batchNorm},
                "keys": list(state),
                "shape": list(exact.shape),
                "output": output,
            }
        )

    repvgg([1, 4, 5, 6], 4)
    repvgg([2, 4, 4, 5], 4, groups=2)
    repvgg([1, 6, 4, 5], 6, groups=6)
    repvgg([1, 4, 6, 7], 4, stride=2)
    repvgg([1, 3, 5, 5], 8)
    repvgg([1, 4, 5, 7], 6, stride=2, groups=2)
    repvgg([1, 4, 5, 6], 4, batchNorm=False)
    repvgg([1, 6, 4, 4], 3, groups=3, batchNorm=False)
    return cases


write(
    "fusion.json",
    "written by generate_fusion.py; fold's output in units of 1/256",
    {
        "fold": fold_cases(),
        "batchNorm": batch_norm_cases(),
        "foldBatchNorm": fold_batch_norm_cases(),
        "repvgg": repvgg_cases(),
    },
)
