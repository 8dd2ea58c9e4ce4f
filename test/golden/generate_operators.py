#!/usr/bin/env python3
"""Writes operators.json: results of real PyTorch for activations, arithmetic, normalisations, softmax and reductions.

    python3 test/golden/generate_operators.py        (PyTorch 1.13)

Inputs are not stored. Both sides make them with `values(seed, count)`, multiples of 1/256 in [-1, 1), times `factor`, plus
`plus`. Results are computed in float64 from these exact inputs and stored with 8 significant digits. A case's tensors use
consecutive seeds. `ends` are results in float32 of what lies at the ends of the range, with names for what is not a number.
"""

import math

import torch
import torch.nn.functional as F

from common import values, write

ENDS = [math.nan, math.inf, -math.inf, 1e30, -1e30, 100.0, -100.0, 0.0, 2.5, -0.5, 0.5, 1.5]


def draw(seed, shape, factor=1.0, plus=0.0):
    out = torch.tensor(values(seed, math.prod(shape)), dtype=torch.float64).reshape(shape)
    return out * factor + plus


def rounded(result, single):
    """8 significant digits; fails where torch's own float32 result is another."""
    assert single.dtype == torch.float32 and single.shape == result.shape
    assert torch.allclose(single.double(), result, rtol=1e-4, atol=1e-5, equal_nan=True), (single - result).abs().max()
    return [named(float("%.8g" % v)) for v in result.reshape(-1).tolist()]


def named(value):
    return value if math.isfinite(value) else str(value)


# ---- functions of one number ----

UNARY = {
    "relu": F.relu,
    "relu6": F.relu6,
    "leakyRelu": F.leaky_relu,
    "elu": F.elu,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "hardswish": F.hardswish,
    "hardsigmoid": F.hardsigmoid,
    "gelu": F.gelu,
    "geluTanh": lambda x: F.gelu(x, approximate="tanh"),
    "tanh": torch.tanh,
    "softplus": F.softplus,
    "mish": F.mish,
    "exp": torch.exp,
    "log": torch.log,
    "sqrt": torch.sqrt,
    "abs": torch.abs,
    "neg": torch.neg,
    "reciprocal": torch.reciprocal,
    "erf": torch.erf,
    "floor": torch.floor,
    "ceil": torch.ceil,
    "round": torch.round,
}
POSITIVE = {"log", "sqrt", "reciprocal"}


def unary_cases():
    cases = []
    for name, function in UNARY.items():
        seed = 1 + len(cases)
        factor, plus = (4, 4.25) if name in POSITIVE else (6, 0)
        x = draw(seed, [3, 9], factor, plus)
        ends = function(torch.tensor(ENDS))
        cases.append(
            {
                "name": name,
                "seed": seed,
                "factor": factor,
                "plus": plus,
                "output": rounded(function(x), function(x.float())),
                "ends": [named(float("%.8g" % v)) for v in ends.tolist()],
            }
        )
    return cases


# ---- operations on two tensors ----

BINARY = {
    "add": torch.add,
    "sub": torch.sub,
    "mul": torch.mul,
    "div": torch.div,
    "pow": torch.pow,
    "minimum": torch.minimum,
    "maximum": torch.maximum,
}
SHAPES = [
    ([2, 3, 5], [2, 3, 5]),
    ([2, 3, 2, 3], [1, 3, 1, 1]),
    ([2, 3, 1, 1], [2, 3, 2, 3]),
    ([3, 5], [5]),
    ([], [2, 3]),
    ([4, 1], [1, 3]),
    ([2, 1, 3, 1], [3, 1, 5]),
]


def binary_cases():
    cases = []
    for index, (name, function) in enumerate(BINARY.items()):
        for a, b in SHAPES if name == "mul" else [SHAPES[0], SHAPES[1 + index % 6]]:
            seed = 101 + 2 * len(cases)
            x, y = draw(seed, a, 2, 2.125), draw(seed + 1, b, 2, 2.25)
            exact = function(x, y)
            output = rounded(exact, function(x.float(), y.float()))
            cases.append({"name": name, "seed": seed, "a": a, "b": b, "shape": list(exact.shape), "output": output})
    return cases


def prelu_cases():
    cases = []
    for shape, slopes in [([2, 3, 4], 1), ([2, 3, 4], 3), ([2, 3], 3), ([7], 1), ([1, 2, 2, 3], 2)]:
        seed = 201 + 2 * len(cases)
        x, w = draw(seed, shape), draw(seed + 1, [slopes])
        output = rounded(F.prelu(x, w), F.prelu(x.float(), w.float()))
        cases.append({"seed": seed, "input": shape, "slopes": slopes, "output": output})
    return cases


# ---- normalisations ----


def norm_cases():
    cases = []

    def case(name, shape, parameters, function, affine=True, plus=0.0, **more):
        seed = 301 + 4 * len(cases)
        tensors = [draw(seed, shape, 1, plus)]
        if affine:
            tensors += [draw(seed + 1, parameters), draw(seed + 2, parameters)]
        else:
            tensors += [None, None]
        output = rounded(function(*tensors), function(*[t if t is None else t.float() for t in tensors]))
        cases.append({"name": name, "seed": seed, "input": shape, "affine": affine, "plus": plus, **more, "output": output})

    def instance(shape, affine=True, plus=0.0, eps=1e-5):
        function = lambda x, w, b: F.instance_norm(x, None, None, w, b, eps=eps)
        case("instanceNorm", shape, shape[1:2], function, affine, plus, eps=eps)

    def group(shape, groups, affine=True, eps=1e-5):
        case("groupNorm", shape, shape[1:2], lambda x, w, b: F.group_norm(x, groups, w, b, eps), affine, groups=groups, eps=eps)

    def layer(shape, axes, affine=True, plus=0.0, eps=1e-5):
        last = shape[-axes:]
        case("layerNorm", shape, last, lambda x, w, b: F.layer_norm(x, last, w, b, eps), affine, plus, axes=axes, eps=eps)

    instance([2, 3, 4, 5])
    instance([1, 2, 7], affine=False)
    instance([1, 2, 3, 3], plus=3.0, eps=0.1)
    group([2, 6, 3, 2], 3)
    group([2, 4, 5], 1, affine=False)
    group([3, 4], 2, eps=1e-3)
    layer([3, 9], 1)
    layer([2, 3, 4], 2)
    layer([2, 2, 5], 3, affine=False)
    layer([4, 7], 1, plus=-5.0, eps=1e-6)
    return cases


def batch_norm_cases():
    cases = []
    for shape in [[3, 4], [2, 4, 5], [5, 2], [1, 3, 7]]:
        seed = 401 + 5 * len(cases)
        channels = [shape[1]]
        parts = [draw(seed, shape), draw(seed + 1, channels), draw(seed + 2, channels, 1, 1.25)]
        parts += [draw(seed + 3, channels), draw(seed + 4, channels)]
        output = rounded(F.batch_norm(*parts), F.batch_norm(*[t.float() for t in parts]))
        cases.append({"seed": seed, "input": shape, "output": output})
    return cases


# ---- softmax and reductions ----


def softmax_cases():
    cases = []
    for shape, dim in [([3, 9], 1), ([3, 9], 0), ([2, 5, 3], 1), ([2, 5, 6], -2), ([2, 3, 7], -1), ([5], 0), ([2, 1], 1)]:
        seed = 501 + len(cases)
        x = draw(seed, shape, 8)
        cases.append(
            {
                "seed": seed,
                "input": shape,
                "dim": dim,
                "softmax": rounded(torch.softmax(x, dim), torch.softmax(x.float(), dim)),
                "logSoftmax": rounded(torch.log_softmax(x, dim), torch.log_softmax(x.float(), dim)),
            }
        )
    return cases


REDUCTIONS = {"mean": torch.mean, "sum": torch.sum, "amax": torch.amax, "amin": torch.amin}


def reduce_cases():
    cases = []
    for shape, dims, keepdim in [
        ([2, 3, 4, 5], [2, 3], False),
        ([2, 3, 4, 5], [2, 3], True),
        ([2, 3, 5], [1], False),
        ([2, 3, 4, 5], [0, 2, 3], False),
        ([3, 2, 5, 2], [0, 2], True),
        ([3, 7], [-2], False),
        ([3, 7], [0, 1], False),
        ([2, 1, 3], [1], False),
    ]:
        for name, function in REDUCTIONS.items():
            seed = 601 + len(cases)
            x = draw(seed, shape)
            exact = function(x, dims, keepdim=keepdim)
            output = rounded(exact, function(x.float(), dims, keepdim=keepdim))
            attributes = {"dims": dims, "keepdim": keepdim}
            cases.append({"name": name, "seed": seed, "input": shape, **attributes, "shape": list(exact.shape), "output": output})
    return cases


write(
    "operators.json",
    "written by generate_operators.py; ends: of %s" % ", ".join(map(str, ENDS)),
    {
        "unary": unary_cases(),
        "binary": binary_cases(),
        "prelu": prelu_cases(),
        "norm": norm_cases(),
        "batchNorm": batch_norm_cases(),
        "softmax": softmax_cases(),
        "reduce": reduce_cases(),
    },
)
