#!/usr/bin/env python3
"""Writes autograd.json: gradients that PyTorch computes, beside the same functions in JavaScript.

    python3 test/golden/generate_autograd.py        (PyTorch 1.13)

A case is a function of tensors with gradients: input i is x(i + 1, *shape) times `factor` plus `plus`. Its result, times
x(99, ...) of the result's shape, is summed, and the sum's gradients are stored with 7 significant digits, computed in float64.
"""

import math

import torch
import torch.nn.functional as F

from common import values, write

T = torch.tensor


def x(seed, *shape):
    return torch.tensor(values(seed, math.prod(shape)), dtype=torch.float64).reshape(shape)


CASES = []


def case(js, py, *shapes, factor=1, plus=0):
    inputs = [(x(i + 1, *shape) * factor + plus).requires_grad_() for i, shape in enumerate(shapes)]
    out = eval("lambda a, b=None, c=None: " + py)(*inputs)
    grads = torch.autograd.grad((out * x(99, *out.shape)).sum(), inputs, allow_unused=True)
    CASES.append(
        {
            "js": js,
            "shapes": shapes,
            "factor": factor,
            "plus": plus,
            "gradients": [None if g is None else [float("%.7g" % v) for v in g.reshape(-1).tolist()] for g in grads],
        }
    )


def same(text, *shapes, **more):
    case(text, text, *shapes, **more)


# ---- arithmetic with broadcasting ----
for name in ["add", "sub", "mul", "div", "maximum", "minimum"]:
    same(f"a.{name}(b)", [2, 3], [2, 3], plus=2)
    same(f"a.{name}(b)", [2, 1, 3], [4, 1], plus=2)
    same(f"a.{name}(b)", [], [2, 2], plus=2)
same("a.pow(b)", [2, 3], [3], plus=2)
same("a.pow(2)", [2, 3])
same("a.pow(3)", [2, 3])
same("a.pow(0.5)", [2, 3], plus=2)
same("a.mul(a).add(a)", [2, 3])
same("a.maximum(a)", [3])
same("a.sub(1).mul(3).div(2)", [2, 3])
# ---- functions of one number ----
for name in ["exp", "abs", "erf", "neg", "square", "relu", "sigmoid", "tanh", "sign", "round", "floor", "ceil"]:
    same(f"a.{name}()", [2, 5])
for name in ["log", "sqrt", "rsqrt", "reciprocal"]:
    same(f"a.{name}()", [2, 5], plus=2)
for name in ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "asinh", "atanh"]:
    same(f"a.{name}()", [2, 5], factor=0.9)
same("a.acosh()", [2, 5], plus=3)
same("a.clamp(-0.25, 0.5)", [2, 5])
for js, py in [
    ("relu6(a)", "F.relu6(a)"),
    ("leakyRelu(a, 0.2)", "F.leaky_relu(a, 0.2)"),
    ("elu(a, 1.5)", "F.elu(a, 1.5)"),
    ("silu(a)", "F.silu(a)"),
    ("hardswish(a)", "F.hardswish(a)"),
    ("hardsigmoid(a)", "F.hardsigmoid(a)"),
    ("gelu(a)", "F.gelu(a)"),
    ("gelu(a, { approximate: 'tanh' })", "F.gelu(a, approximate='tanh')"),
    ("softplus(a)", "F.softplus(a)"),
    ("mish(a)", "F.mish(a)"),
    ("selu(a)", "F.selu(a)"),
    ("celu(a, 1.5)", "F.celu(a, 1.5)"),
    ("hardtanh(a, -2, 3)", "F.hardtanh(a, -2, 3)"),
    ("softsign(a)", "F.softsign(a)"),
    ("hardshrink(a, 1.5)", "F.hardshrink(a, 1.5)"),
    ("softshrink(a)", "F.softshrink(a)"),
]:
    case(js, py, [3, 5], factor=8)
case("prelu(a, b)", "F.prelu(a, b)", [2, 3, 2], [3])
case("prelu(a, b)", "F.prelu(a, b)", [2, 3, 2], [1])
case("a.softmax(1)", "a.softmax(1)", [2, 3, 2])
case("a.logSoftmax(0)", "a.log_softmax(0)", [3, 2])
# ---- reductions ----
same("a.sum()", [2, 3])
same("a.sum(1)", [2, 3, 2])
same("a.sum([0, 2])", [2, 3, 2])
case("a.sum({ dim: 1, keepdim: true })", "a.sum(1, keepdim=True)", [2, 3])
same("a.mean()", [2, 3])
same("a.mean(0)", [2, 3])
same("a.amax(1)", [2, 3])
same("a.amin([0, 1])", [2, 3, 2])
same("a.max()", [2, 3])
same("a.mul(0).amax(1)", [2, 3])
case("a.max(1).values", "a.max(1).values", [2, 3])
same("a.var()", [2, 3])
case("a.var({ dim: 1, unbiased: false })", "a.var(1, unbiased=False)", [2, 3])
same("a.std(0)", [4, 3])
same("a.norm()", [2, 3])
case("a.norm({ p: 1, dim: 1 })", "a.norm(1, 1)", [2, 3])
case("a.norm({ p: 3 })", "a.norm(3)", [2, 3])
# ---- movement and indexing ----
for text in [
    "a.reshape([3, -1])",
    "a.flatten()",
    "a.transpose(0, 1)",
    "a.permute(1, 0)",
    "a.t()",
    "a.unsqueeze(1)",
    "a.flip(0, 1)",
    "a.narrow(1, 1, 2)",
    "a.select(0, 1)",
    "a.expand(2, 2, 3)",
    "a.repeat(2, 1, 3)",
    "a.unfold(1, 2, 1)",
    "a.split(2, 1)[0]",
    "a.split(2, 1)[1]",
    "a.chunk(2)[1]",
]:
    same(text, [2, 3])
case("a.split([1, 2], 1)[0].mul(a.split([1, 2], 1)[1])", "a.split([1, 2], 1)[0].mul(a.split([1, 2], 1)[1])", [2, 3])
case("cat([a, b, a], 1)", "torch.cat([a, b, a], 1)", [2, 3], [2, 1])
case("stack([a, b], 1)", "torch.stack([a, b], 1)", [2, 3], [2, 3])
case("a.at('...', [null, null, 2])", "a[..., ::2]", [2, 5])
case("a.at(1, [1, 4])", "a[1, 1:4]", [2, 5])
case("a.at([], T([2, 0, 2]).to('int64'))", "a[:, T([2, 0, 2])]", [2, 5])
case("a.indexSelect(0, T([1, 1, 0]).to('int64'))", "a.index_select(0, T([1, 1, 0]))", [2, 3])
case("a.gather(1, T([[0, 2, 2], [1, 0, 1]]).to('int64'))", "a.gather(1, T([[0, 2, 2], [1, 0, 1]]))", [2, 3])
case("a.gather(0, T([[1, 1], [0, 1], [1, 1]]).to('int64'))", "a.gather(0, T([[1, 1], [0, 1], [1, 1]]))", [2, 3])
case("where(b.gt(0), a, b)", "torch.where(b > 0, a, b)", [2, 1, 3], [4, 1])
case("where(a.gt(0), a, 2)", "torch.where(a > 0, a, 2.)", [2, 3])
case("a.where(b.lt(0), c)", "a.where(b < 0, c)", [], [2, 3], [3])
case("a.maskedFill(a.gt(0.5), 3)", "a.masked_fill(a > 0.5, 3)", [2, 3])
same("a.cumsum(0)", [3, 2])
same("a.cumsum(-1)", [2, 3, 4])
case("pixelShuffle(a, 2)", "F.pixel_shuffle(a, 2)", [1, 8, 2, 3])
case("pixelUnshuffle(a, 2)", "F.pixel_unshuffle(a, 2)", [1, 2, 4, 6])
case("pad(a, [1, 2, 0, 1], { value: 3 })", "F.pad(a, [1, 2, 0, 1], value=3.)", [2, 3])
case("pad(a, [-1, 1])", "F.pad(a, [-1, 1])", [2, 3])
for mode in ["reflect", "replicate", "circular"]:
    case(f"pad(a, [2, 1, 1, 2], {{ mode: '{mode}' }})", f"F.pad(a, [2, 1, 1, 2], mode='{mode}')", [1, 2, 4, 5])
case("unfold(a, [2, 3], { stride: [2, 1], padding: 1 })", "F.unfold(a, (2, 3), stride=(2, 1), padding=1)", [2, 2, 4, 5])
case("unfold(a, 2, { dilation: 2 })", "F.unfold(a, 2, dilation=2)", [1, 2, 4, 5])
case("fold(a, [4, 5], 2, { stride: 2, padding: 1 })", "F.fold(a, (4, 5), 2, stride=2, padding=1)", [2, 8, 9])
# ---- products ----
for p, q in [([2, 3], [3, 4]), ([3], [3, 4]), ([2, 3], [3]), ([3], [3]), ([2, 2, 3], [3, 2]), ([1, 2, 3], [4, 3, 2]), ([3], [2, 3, 4]), ([2, 4, 3], [3])]:
    same("a.matmul(b)", p, q)
same("a.bmm(b)", [2, 2, 3], [2, 3, 2])
case("linear(a, b, c)", "F.linear(a, b, c)", [2, 3], [4, 3], [4])
case("linear(a, b)", "F.linear(a, b)", [2, 9, 3], [4, 3])
case("linear(a, b, c)", "F.linear(a, b, c)", [3], [4, 3], [4])
case("einsum('bij,bjk->ik', a, b)", "torch.einsum('bij,bjk->ik', a, b)", [2, 2, 3], [2, 3, 2])
case("einsum('ii->i', a)", "torch.einsum('ii->i', a)", [3, 3])
case("einsum('ij,kj->', a, b)", "torch.einsum('ij,kj->', a, b)", [2, 3], [4, 3])
# ---- convolutions ----
case("conv2d(a, b, c)", "F.conv2d(a, b, c)", [2, 2, 5, 4], [3, 2, 3, 2], [3])
case("conv2d(a, b, c, { stride: 2, padding: 1 })", "F.conv2d(a, b, c, 2, 1)", [2, 2, 5, 4], [3, 2, 3, 3], [3])
case("conv2d(a, b, null, { padding: 'same', dilation: 2 })", "F.conv2d(a, b, padding='same', dilation=2)", [1, 2, 5, 6], [2, 2, 2, 3])
case("conv2d(a, b, c, { groups: 2 })", "F.conv2d(a, b, c, groups=2)", [4, 4, 5], [4, 2, 3, 3], [4])
case("conv2d(a, b, null, { groups: 4, padding: 1 })", "F.conv2d(a, b, padding=1, groups=4)", [1, 4, 4, 5], [4, 1, 3, 3])
for mode in ["reflect", "replicate", "circular"]:
    case(
        f"conv2d(a, b, c, {{ padding: [1, 2], paddingMode: '{mode}' }})",
        f"F.conv2d(F.pad(a, [2, 2, 1, 1], mode='{mode}'), b, c)",
        [2, 2, 4, 5], [3, 2, 3, 3], [3],
    )
case("conv1d(a, b, c, { stride: 2, padding: 1 })", "F.conv1d(a, b, c, 2, 1)", [2, 2, 7], [3, 2, 3], [3])
case("conv1d(a, b, null, { padding: 2, paddingMode: 'reflect' })", "F.conv1d(F.pad(a, [2, 2], mode='reflect'), b)", [2, 2, 7], [3, 2, 3])
case("convTranspose2d(a, b, c, { stride: 2, padding: 1, outputPadding: 1 })", "F.conv_transpose2d(a, b, c, 2, 1, 1)", [2, 3, 4, 3], [3, 2, 3, 3], [2])
case("convTranspose2d(a, b, null, { groups: 2, dilation: 2 })", "F.conv_transpose2d(a, b, groups=2, dilation=2)", [4, 3, 3], [4, 1, 2, 2])
case("convTranspose1d(a, b, c, { stride: 3 })", "F.conv_transpose1d(a, b, c, 3)", [2, 3, 4], [3, 2, 2], [2])
# ---- pools and resizing ----
case("maxPool2d(a, 2)", "F.max_pool2d(a, 2)", [2, 2, 5, 6])
case("maxPool2d(a, 3, { stride: 1, padding: 1 })", "F.max_pool2d(a, 3, 1, 1)", [1, 2, 5, 6])
case("maxPool2d(a, [2, 3], { dilation: 2, ceilMode: true, stride: 2 })", "F.max_pool2d(a, (2, 3), 2, 0, 2, True)", [2, 6, 7])
case("maxPool2d(relu(a), 2)", "F.max_pool2d(F.relu(a), 2)", [1, 1, 6, 6])
case("maxPool1d(a, 3, { stride: 2 })", "F.max_pool1d(a, 3, 2)", [2, 2, 7])
case("avgPool2d(a, 3, { stride: 2, padding: 1 })", "F.avg_pool2d(a, 3, 2, 1)", [2, 2, 5, 6])
case("avgPool2d(a, 3, { stride: 2, padding: 1, countIncludePad: false, ceilMode: true })", "F.avg_pool2d(a, 3, 2, 1, True, False)", [1, 2, 6, 7])
case("avgPool2d(a, 2, { divisorOverride: 3 })", "F.avg_pool2d(a, 2, divisor_override=3)", [1, 1, 4, 4])
case("avgPool1d(a, 2, { stride: 1 })", "F.avg_pool1d(a, 2, 1)", [2, 2, 5])
case("adaptiveAvgPool2d(a, 1)", "F.adaptive_avg_pool2d(a, 1)", [2, 3, 4, 5])
case("adaptiveAvgPool2d(a, [3, 2])", "F.adaptive_avg_pool2d(a, (3, 2))", [2, 3, 4, 5])
case("adaptiveAvgPool1d(a, 3)", "F.adaptive_avg_pool1d(a, 3)", [2, 3, 5])
case("adaptiveMaxPool2d(a, [3, 2])", "F.adaptive_max_pool2d(a, (3, 2))", [2, 3, 4, 5])
case("interpolate(a, { scaleFactor: 2 })", "F.interpolate(a, scale_factor=2)", [1, 2, 3, 4])
case("interpolate(a, { size: [4, 3] })", "F.interpolate(a, size=(4, 3))", [1, 2, 3, 5])
case("interpolate(a, { size: [5, 3], mode: 'bilinear' })", "F.interpolate(a, size=(5, 3), mode='bilinear')", [1, 2, 3, 5])
case("interpolate(a, { scaleFactor: 2, mode: 'bilinear', alignCorners: true })", "F.interpolate(a, scale_factor=2, mode='bilinear', align_corners=True)", [2, 2, 3, 4])
# ---- normalisations ----
ONES = "torch.ones(3, dtype=torch.float64)"
case(
    "batchNorm(a, { mean: T([0.5, 0, -1]), variance: T([1, 2, 0.5]), weight: b, bias: c })",
    "F.batch_norm(a, T([0.5, 0, -1]).double(), T([1, 2, 0.5]).double(), b, c)",
    [2, 3, 4], [3], [3],
)
case("instanceNorm(a, { weight: b, bias: c })", "F.instance_norm(a, weight=b, bias=c)", [2, 3, 2, 4], [3], [3])
case("instanceNorm(a)", "F.instance_norm(a)", [2, 3, 5])
case("groupNorm(a, 2, { weight: b, bias: c })", "F.group_norm(a, 2, b, c)", [2, 4, 2, 3], [4], [4])
case("layerNorm(a, [2, 3], { weight: b, bias: c })", "F.layer_norm(a, (2, 3), b, c)", [4, 2, 3], [2, 3], [2, 3])
case("layerNorm(a, 3)", "F.layer_norm(a, (3,))", [4, 2, 3])

write("autograd.json", "gradients of sum(f(...) * x(99))", {"cases": CASES})
