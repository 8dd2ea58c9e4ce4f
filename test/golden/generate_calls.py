#!/usr/bin/env python3
"""Writes calls.json: results and gradients of PyTorch's functions, beside the same calls in JavaScript.

    python3 test/golden/generate_calls.py        (PyTorch 1.13)

A case is a call in both languages: input i is x(i + 1, *shape), multiples of 1/256 in [-1, 1), times `factor`. The results are stored,
and, where they have gradients, those of the first result times x(99, ...) of its shape, summed. All in float64, with 7
significant digits.
"""

import math

import torch
import torch.nn.functional as F

from common import values, write


def x(seed, *shape):
    return torch.tensor(values(seed, math.prod(shape)), dtype=torch.float64).reshape(shape)


GROUPS = {}


def numbers(tensor):
    return [float("%.7g" % value) for value in tensor.reshape(-1).tolist()]


def case(group, js, py, *shapes, factor=1, grad=True):
    inputs = [(x(i + 1, *shape) * factor).requires_grad_(grad) for i, shape in enumerate(shapes)]
    out = eval("lambda a, b=None, c=None: " + py)(*inputs)
    results = out if isinstance(out, (tuple, list)) else [out]
    given = {"js": js, "shapes": shapes, "factor": factor}
    given["results"] = [{"shape": list(each.shape), "data": numbers(each)} for each in results]
    if grad:
        grads = torch.autograd.grad((results[0] * x(99, *results[0].shape)).sum(), inputs)
        given["gradients"] = [numbers(each) for each in grads]
    GROUPS.setdefault(group, []).append(given)


def conv_module(mode, **options):
    def call(a, w, b):
        module = torch.nn.Conv3d(w.shape[1] * options.get("groups", 1), w.shape[0], tuple(w.shape[2:]), padding_mode=mode, **options)
        return torch.nn.utils.stateless.functional_call(module.double(), {"weight": w, "bias": b}, a)

    return call


# ---- convolutions of volumes ----
V = [2, 3, 4, 5, 6]
case("conv3d", "conv3d(a, b)", "F.conv3d(a, b)", V, [4, 3, 2, 3, 3])
case("conv3d", "conv3d(a, b, c, { padding: 1 })", "F.conv3d(a, b, c, padding=1)", V, [5, 3, 3, 3, 3], [5])
case("conv3d", "conv3d(a, b, c, { padding: 1 })", "F.conv3d(a, b, c, padding=1)", V[1:], [2, 3, 3, 3, 3], [2])
case(
    "conv3d",
    "conv3d(a, b, null, { stride: [2, 1, 3], padding: [1, 0, 2] })",
    "F.conv3d(a, b, stride=(2, 1, 3), padding=(1, 0, 2))",
    V,
    [7, 3, 3, 2, 3],
)
case(
    "conv3d",
    "conv3d(a, b, null, { padding: 'same', dilation: [1, 2, 1] })",
    "F.conv3d(a, b, padding='same', dilation=(1, 2, 1))",
    V,
    [2, 3, 2, 3, 2],
)
case("conv3d", "conv3d(a, b, null, { padding: 'valid' })", "F.conv3d(a, b, padding='valid')", V, [2, 3, 4, 5, 6])
case(
    "conv3d",
    "conv3d(a, b, c, { groups: 3, padding: [1] })",
    "F.conv3d(a, b, c, groups=3, padding=[1])",
    V,
    [6, 1, 3, 3, 3],
    [6],
)
case("conv3d", "conv3d(a, b, null, { groups: 2, dilation: 2 })", "F.conv3d(a, b, groups=2, dilation=2)", [1, 4, 5, 5, 5], [4, 2, 2, 2, 3])
case("conv3d", "conv3d(a, b)", "F.conv3d(a, b)", V, [5, 3, 1, 1, 1])
case("conv3d", "conv3d(a, b, null, { stride: [2, 1, 1] })", "F.conv3d(a, b, stride=(2, 1, 1))", V, [5, 3, 1, 1, 1])
case("conv3d", "conv3d(a, b, null, { padding: [1, 0, 1] })", "F.conv3d(a, b, padding=(1, 0, 1))", V, [2, 3, 1, 1, 3])
# an odd count of rows, and rows of whole vectors
case("conv3d", "conv3d(a, b, null, { padding: 1 })", "F.conv3d(a, b, padding=1)", [1, 2, 2, 3, 17], [13, 2, 2, 3, 3])
for mode in ["reflect", "replicate", "circular"]:
    case(
        "conv3d",
        f"conv3d(a, b, c, {{ padding: [1, 2, 1], paddingMode: '{mode}' }})",
        f"conv_module('{mode}', padding=(1, 2, 1))(a, b, c)",
        [1, 2, 3, 4, 3],
        [2, 2, 2, 3, 2],
        [2],
    )
T = [2, 3, 2, 3, 4]
case("convTranspose3d", "convTranspose3d(a, b, c)", "F.conv_transpose3d(a, b, c)", T, [3, 4, 2, 3, 3], [4])
case("convTranspose3d", "convTranspose3d(a, b)", "F.conv_transpose3d(a, b)", T[1:], [3, 2, 2, 1, 2])
case(
    "convTranspose3d",
    "convTranspose3d(a, b, c, { stride: 2, padding: 1, outputPadding: [1, 0, 1] })",
    "F.conv_transpose3d(a, b, c, 2, 1, (1, 0, 1))",
    T,
    [3, 2, 3, 3, 3],
    [2],
)
case(
    "convTranspose3d",
    "convTranspose3d(a, b, null, { stride: [3, 1, 2], groups: 3, dilation: [1, 2, 2] })",
    "F.conv_transpose3d(a, b, None, (3, 1, 2), 0, 0, 3, (1, 2, 2))",
    T,
    [3, 2, 2, 2, 3],
)
# outputs that no tap meets
case("convTranspose3d", "convTranspose3d(a, b, c, { stride: [2, 3, 2] })", "F.conv_transpose3d(a, b, c, (2, 3, 2))", T, [3, 2, 1, 2, 1], [2])
case("convTranspose3d", "convTranspose3d(a, b, null, { stride: 2 })", "F.conv_transpose3d(a, b, None, 2)", T, [3, 5, 2, 2, 2])

# ---- pools ----
case("pools", "maxPool3d(a, 2)", "F.max_pool3d(a, 2)", V)
case(
    "pools",
    "maxPool3d(a, [2, 3, 1], { stride: [1, 2, 3], padding: [1, 1, 0], ceilMode: true })",
    "F.max_pool3d(a, (2, 3, 1), (1, 2, 3), (1, 1, 0), 1, True)",
    V,
)
case("pools", "maxPool3d(a, [2], { dilation: [1, 2, 2] })", "F.max_pool3d(a, [2], None, 0, (1, 2, 2))", V[1:])
case("pools", "avgPool3d(a, 2)", "F.avg_pool3d(a, 2)", V)
case(
    "pools",
    "avgPool3d(a, [3, 2, 3], { stride: 2, padding: 1, ceilMode: true })",
    "F.avg_pool3d(a, (3, 2, 3), 2, 1, True)",
    V,
)
case(
    "pools",
    "avgPool3d(a, 3, { stride: 2, padding: 1, ceilMode: true, countIncludePad: false })",
    "F.avg_pool3d(a, 3, 2, 1, True, False)",
    V,
)
case("pools", "avgPool3d(a, 2, { divisorOverride: 3 })", "F.avg_pool3d(a, 2, divisor_override=3)", V)
case("pools", "adaptiveAvgPool3d(a, [2, 3, null])", "F.adaptive_avg_pool3d(a, (2, 3, None))", V)
case("pools", "adaptiveAvgPool3d(a, 1)", "F.adaptive_avg_pool3d(a, 1)", V[1:])
case("pools", "maxPool2d(a, [3], { stride: [2] })", "F.max_pool2d(a, [3], [2])", [2, 7, 8])
# a window larger than the padded input, as SqueezeNet 1.0 has it for small images
case("pools", "maxPool2d(a, 3, { stride: 2, ceilMode: true })", "F.max_pool2d(a, 3, 2, 0, 1, True)", [1, 2, 2, 2])
case("pools", "avgPool2d(a, 3, { stride: 2, ceilMode: true })", "F.avg_pool2d(a, 3, 2, 0, True)", [1, 2, 2, 5])

# ---- indices, and back ----
for js, py, shape in [
    ("maxPool1d(a, 3, { stride: 2, padding: 1, ", "F.max_pool1d(a, 3, 2, 1, 1, False, True)", [2, 3, 9]),
    ("maxPool2d(a, [3, 2], { stride: [1, 2], padding: 1, ", "F.max_pool2d(a, (3, 2), (1, 2), 1, 1, False, True)", [2, 2, 5, 6]),
    ("maxPool2d(a, 2, { dilation: 2, ceilMode: true, ", "F.max_pool2d(a, 2, None, 0, 2, True, True)", [3, 6, 7]),
    ("maxPool3d(a, 2, { stride: [2, 1, 2], ", "F.max_pool3d(a, 2, (2, 1, 2), 0, 1, False, True)", V),
]:
    case("indices", js + "returnIndices: true })", py, shape)
# equal values, of which the first counts
case("indices", "maxPool2d(round(a), 3, { returnIndices: true })", "F.max_pool2d(a.round(), 3, return_indices=True)", [1, 2, 6, 6], factor=2, grad=False)
for axes, shape in [(1, [2, 3, 8]), (2, [2, 2, 4, 6]), (3, [1, 2, 4, 4, 6])]:
    case(
        "unpool",
        f"maxUnpool{axes}d(...maxPool{axes}d(a, 2, {{ returnIndices: true }}), 2)",
        f"F.max_unpool{axes}d(*F.max_pool{axes}d(a, 2, return_indices=True), 2)",
        shape,
    )
case(
    "unpool",
    "maxUnpool2d(...maxPool2d(a, 3, { stride: 3, padding: 1, returnIndices: true }), 3, { padding: 1, outputSize: [7, 8] })",
    "F.max_unpool2d(*F.max_pool2d(a, 3, 3, 1, return_indices=True), 3, None, 1, (7, 8))",
    [2, 7, 8],
)

# ---- another size ----
SIGNAL, IMAGE, VOLUME = [2, 3, 7], [2, 2, 5, 7], [1, 2, 3, 4, 5]
for js, py in [
    ("scaleFactor: 2", "scale_factor=2"),
    ("scaleFactor: 1.7", "scale_factor=1.7"),
    ("scaleFactor: 0.6", "scale_factor=0.6"),
    ("scaleFactor: 1.7, recomputeScaleFactor: true", "scale_factor=1.7, recompute_scale_factor=True"),
    ("size: 4", "size=4"),
]:
    for shape, modes in [
        (SIGNAL, ["nearest", "nearest-exact", "area", "linear"]),
        (IMAGE, ["nearest-exact", "area", "bilinear", "bicubic"]),
        (VOLUME, ["nearest", "nearest-exact", "area", "trilinear"]),
    ]:
        for mode in modes:
            case("interpolate", f"interpolate(a, {{ mode: '{mode}', {js} }})", f"F.interpolate(a, mode='{mode}', {py})", shape)
for mode, shape, size in [("linear", SIGNAL, [11]), ("bilinear", IMAGE, [3, 11]), ("bicubic", IMAGE, [8, 4]), ("trilinear", VOLUME, [5, 3, 7])]:
    case(
        "interpolate",
        f"interpolate(a, {{ mode: '{mode}', size: {size}, alignCorners: true }})",
        f"F.interpolate(a, mode='{mode}', size={size}, align_corners=True)",
        shape,
    )
for mode in ["bilinear", "bicubic"]:
    for js, py in [("size: [2, 3]", "size=(2, 3)"), ("scaleFactor: [0.5, 1.5]", "scale_factor=(0.5, 1.5)")]:
        case(
            "interpolate",
            f"interpolate(a, {{ mode: '{mode}', {js}, antialias: true }})",
            f"F.interpolate(a, mode='{mode}', {py}, antialias=True)",
            [1, 2, 7, 8],
        )

write("calls.json", "see generate_calls.py", GROUPS)
