#!/usr/bin/env python3
"""Writes tensors.json: what PyTorch prints for expressions, beside the same expressions in JavaScript.

    python3 test/golden/generate_tensors.py        (PyTorch 1.13)

x(seed, *shape) makes the same tensor on both sides: multiples of 1/256 in [-1, 1). Four digits are printed, so a result whose
fifth digit is near 5 could differ by the last bit of float32; such an expression gets another seed.
"""

import math

import torch
import torch.nn.functional as F

from common import values, write


def x(seed, *shape):
    return torch.tensor(values(seed, math.prod(shape)), dtype=torch.float32).reshape(shape)


def ints(seed, *shape):
    return torch.tensor([int(v * 256) % 10 for v in values(seed, math.prod(shape))], dtype=torch.int64).reshape(shape)


T = torch.tensor

# (JavaScript, Python; None where they are the same text)
PAIRS = [
    # printing
    ("T([1, 2, 3])", "T([1., 2, 3])"),
    ("T(3)", "T(3.)"),
    ("T(0.03125)", "T(0.03125)"),
    ("T([0.03125, 0.09375, 1])", "T([0.03125, 0.09375, 1])"),
    ("T([-0, 1, NaN, Infinity])", "T([-0., 1, math.nan, math.inf])"),
    ("T([-0, 0.5, -Infinity])", "T([-0., 0.5, -math.inf])"),
    ("T([NaN, NaN])", "T([math.nan, math.nan])"),
    ("T([0.5, 1e5])", "T([0.5, 1e5])"),
    ("T([100005, 1])", "T([100005., 1])"),
    ("T([100015, 1])", "T([100015., 1])"),
    ("T([1e-10, 1, 0])", "T([1e-10, 1, 0])"),
    ("T([1e9])", "T([1e9])"),
    ("T([123456, 1e8])", "T([123456., 1e8])"),
    ("T([0, -0])", "T([0., -0.])"),
    ("T([1e-9, -0, -Infinity])", "T([1e-9, -0., -math.inf])"),
    ("T([1e-45, 3.4e38])", "T([1e-45, 3.4e38])"),
    ("Tensor.zeros([2, 0])", "torch.zeros(2, 0)"),
    ("Tensor.zeros([0])", "torch.zeros(0)"),
    ("Tensor.zeros([0]).to('int64')", "torch.zeros(0).long()"),
    ("Tensor.arange(1001)", "torch.arange(1001.)"),
    ("Tensor.arange(1000)", "torch.arange(1000.)"),
    ("Tensor.arange(2000).reshape([2, 10, 100])", "torch.arange(2000.).reshape(2, 10, 100)"),
    ("Tensor.ones([40, 40, 2])", "torch.ones(40, 40, 2)"),
    ("Tensor.ones([2, 1, 501])", "torch.ones(2, 1, 501)"),
    ("x(1, 10, 10, 11)", None),
    ("x(1, 2, 3, 4)", None),
    ("x(1, 30)", None),
    ("T([1, 0]).to('bool')", "T([1, 0]).bool()"),
    ("Tensor.arange(30).to('int64')", "torch.arange(30)"),
    ("Tensor.arange(-3, 27).to('int32').reshape([5, 6])", "torch.arange(-3, 27, dtype=torch.int32).reshape(5, 6)"),
    ("Tensor.arange(1200).to('int64')", "torch.arange(1200)"),
    ("T([1.5, 2]).to('float16')", "T([1.5, 2]).half()"),
    ("T([1, 2, 255]).to('uint8')", "T([1, 2, 255]).byte()"),
    ("Tensor.zeros([2, 2, 2, 2])", "torch.zeros(2, 2, 2, 2)"),
    # making
    ("Tensor.arange(5)", "torch.arange(5.)"),
    ("Tensor.arange(2, 7, 2)", "torch.arange(2., 7, 2)"),
    ("Tensor.arange(1, 0, -0.25)", "torch.arange(1, 0, -0.25)"),
    ("Tensor.linspace(0, 1, 7)", "torch.linspace(0, 1, 7)"),
    ("Tensor.linspace(3, -3, 1)", "torch.linspace(3, -3, 1)"),
    ("Tensor.eye(3)", "torch.eye(3)"),
    # arithmetic and dtypes
    ("x(1, 2, 3).add(x(2, 3))", None),
    ("x(1, 2, 1).mul(x(2, 1, 3))", None),
    ("x(1, 2, 3).sub(1)", None),
    ("x(1, 2, 3).div(3)", None),
    ("x(1, 4).pow(2)", None),
    ("x(1, 2, 3).maximum(x(2, 2, 3))", None),
    ("ints(1, 4).add(ints(2, 4))", None),
    ("ints(1, 4).add(1)", None),
    ("ints(1, 4).mul(0.5)", None),
    ("ints(1, 4).div(2)", None),
    ("ints(1, 4).add(x(1, 4))", None),
    ("ints(1, 4).to('int32').add(ints(2, 4))", "ints(1, 4).int().add(ints(2, 4))"),
    ("ints(1, 4).to('uint8').add(ints(2, 4).to('bool'))", "ints(1, 4).byte().add(ints(2, 4).bool())"),
    ("ints(1, 4).to('int32').add(T(7).to('int64'))", "ints(1, 4).int().add(T(7))"),
    ("x(1, 3).to('float16').add(1)", "x(1, 3).half().add(1)"),
    ("x(1, 3).to('float16').mul(x(2, 3))", "x(1, 3).half().mul(x(2, 3))"),
    ("ints(1, 4).to('bool').add(1)", "ints(1, 4).bool().add(1)"),
    ("x(1, 2, 3).lt(x(2, 3))", None),
    ("x(1, 6).ge(0)", None),
    ("ints(1, 6).eq(ints(2, 6))", None),
    ("ints(1, 6).ne(3)", None),
    ("ints(1, 6).gt(2.5)", None),
    ("ints(1, 6).le(x(1, 6))", None),
    ("x(1, 6).gt(0).logicalNot()", "x(1, 6).gt(0).logical_not()"),
    # functions of one number
    ("x(1, 6).exp()", None),
    ("x(1, 6).abs().log()", None),
    ("x(1, 6).sqrt()", None),
    ("x(1, 6).mul(4).round()", None),
    ("T([0.5, 1.5, 2.5, -0.5]).round()", None),
    ("x(1, 6).mul(4).floor()", None),
    ("x(1, 6).mul(4).ceil()", None),
    ("x(1, 6).erf()", None),
    ("x(1, 6).sign()", None),
    ("x(1, 6).neg()", None),
    ("ints(1, 6).neg()", None),
    ("ints(1, 6).exp()", None),
    ("ints(1, 6).floor()", None),
    ("x(1, 6).reciprocal()", None),
    ("x(1, 6).square()", None),
    ("x(1, 6).abs().rsqrt()", None),
    ("x(1, 6).clamp(-0.25, 0.5)", None),
    ("x(1, 6).clamp(null, 0.5)", "x(1, 6).clamp(None, 0.5)"),
    ("x(1, 6).clamp({ min: 0 })", "x(1, 6).clamp(min=0)"),
    ("ints(1, 6).clamp(2, 5)", None),
    ("x(1, 6).relu()", None),
    ("x(1, 6).sigmoid()", None),
    ("x(1, 2, 3).softmax(1)", None),
    ("x(1, 2, 3).logSoftmax({ dim: 0 })", "x(1, 2, 3).log_softmax(dim=0)"),
    # reductions
    ("x(1, 2, 3).sum()", None),
    ("x(1, 2, 3, 4).sum(1)", None),
    ("x(1, 2, 3, 4).sum([0, -1])", None),
    ("x(1, 2, 3, 4).sum({ dim: 1, keepdim: true })", "x(1, 2, 3, 4).sum(1, keepdim=True)"),
    ("ints(1, 2, 3).sum(0)", None),
    ("ints(1, 2, 3).gt(4).sum()", None),
    ("T(3).sum(0)", "T(3.).sum(0)"),
    ("Tensor.zeros([0, 3]).sum(0)", "torch.zeros(0, 3).sum(0)"),
    ("Tensor.zeros([0]).mean()", "torch.zeros(0).mean()"),
    ("x(1, 2, 3).mean()", None),
    ("x(1, 2, 3).mean(1)", None),
    ("x(1, 2, 3).max()", None),
    ("x(1, 2, 3).max(1).values", None),
    ("x(1, 2, 3).max(1).indices", None),
    ("x(1, 2, 3).min({ dim: 0, keepdim: true }).values", "x(1, 2, 3).min(0, keepdim=True).values"),
    ("x(1, 2, 3).min(x(2, 2, 3))", None),
    ("ints(1, 2, 3).max()", None),
    ("x(1, 2, 3).amax([0, 1])", None),
    ("x(1, 2, 3).argmax()", None),
    ("x(1, 2, 3).argmax(0)", None),
    ("x(1, 2, 3).argmin({ dim: 1, keepdim: true })", "x(1, 2, 3).argmin(1, keepdim=True)"),
    ("ints(1, 9).argmax()", None),
    ("x(1, 2, 3).var()", None),
    ("x(1, 2, 3, 4).var([0, 2])", None),
    ("x(1, 2, 3).var({ dim: 1, unbiased: false, keepdim: true })", "x(1, 2, 3).var(1, unbiased=False, keepdim=True)"),
    ("x(1, 2, 3).std(0)", None),
    ("T([3]).std()", "T([3.]).std()"),
    ("x(1, 2, 3).norm()", None),
    ("x(1, 2, 3).norm({ p: 1, dim: 1 })", "x(1, 2, 3).norm(1, 1)"),
    ("x(1, 2, 3).norm(Infinity)", "x(1, 2, 3).norm(math.inf)"),
    ("x(1, 2, 3).norm({ p: 3, dim: 0 })", "x(1, 2, 3).norm(3, 0)"),
    ("x(1, 2, 3).gt(-0.5).all(1)", None),
    ("x(1, 2, 3).gt(0.5).any(1)", None),
    ("x(1, 2, 3).gt(-2).all()", None),
    # movement
    ("x(1, 2, 3).reshape([3, -1])", None),
    ("x(1, 2, 3).view(6)", None),
    ("x(1, 2, 3, 2).transpose(0, -1)", None),
    ("x(1, 2, 3, 2).permute(2, 0, 1)", None),
    ("x(1, 2, 3).t()", None),
    ("x(1, 1, 3, 1).squeeze()", None),
    ("x(1, 1, 3, 1).squeeze(0)", None),
    ("x(1, 1, 3, 1).squeeze(1)", None),
    ("x(1, 3).unsqueeze(-1)", None),
    ("x(1, 2, 3, 2).flatten(1)", None),
    ("x(1, 3, 1).expand(2, 3, 2)", None),
    ("x(1, 3, 1).expand([-1, 4])", None),
    ("x(1, 2, 2).repeat(2, 1, 2)", None),
    ("x(1, 2, 3).flip(0, 1)", None),
    ("ints(1, 2, 3).flip([1])", None),
    ("stack([x(1, 2), x(2, 2)], 1)", "torch.stack([x(1, 2), x(2, 2)], 1)"),
    ("cat([ints(1, 2), ints(2, 3)])", "torch.cat([ints(1, 2), ints(2, 3)])"),
    ("x(1, 7).split(3)", None),
    ("x(1, 2, 7).split([3, 4], 1)", None),
    ("x(1, 7).chunk(3)", None),
    ("x(1, 2, 7).chunk(4, -1)", None),
    ("x(1, 4, 3).narrow(0, 1, 2)", None),
    ("x(1, 4, 3).narrow(1, -2, 1)", None),
    ("x(1, 4, 3).select(1, -1)", None),
    ("x(1, 4, 3).indexSelect(0, T([2, 0]).to('int64'))", "x(1, 4, 3).index_select(0, T([2, 0]))"),
    ("x(1, 8).unfold(0, 3, 2)", None),
    ("x(1, 2, 5).unfold(1, 2, 1)", None),
    ("x(1, 4, 5).unfold(0, 2, 2).unfold(1, 3, 1)", None),
    # indexing
    ("x(1, 4, 3).at(0)", "x(1, 4, 3)[0]"),
    ("x(1, 4, 3).at(-1, 1)", "x(1, 4, 3)[-1, 1]"),
    ("x(1, 4, 3).at([1, 3])", "x(1, 4, 3)[1:3]"),
    ("x(1, 4, 3).at([], [null, null, 2])", "x(1, 4, 3)[:, ::2]"),
    ("x(1, 4, 3).at([-2], 0)", "x(1, 4, 3)[-2:, 0]"),
    ("x(1, 4, 3).at([null, -1, 2])", "x(1, 4, 3)[:-1:2]"),
    ("x(1, 2, 3, 2).at('...', 0)", "x(1, 2, 3, 2)[..., 0]"),
    ("x(1, 2, 3, 2).at(0, '...', [1])", "x(1, 2, 3, 2)[0, ..., 1:]"),
    ("x(1, 4, 3).at(null, 2)", "x(1, 4, 3)[None, 2]"),
    ("x(1, 4, 3).at([], null)", "x(1, 4, 3)[:, None]"),
    ("x(1, 4, 3).at([3, 1])", "x(1, 4, 3)[3:1]"),
    ("x(1, 4, 3).at([2, 100])", "x(1, 4, 3)[2:100]"),
    ("x(1, 4, 3).at(T([2, 0, -1]).to('int64'))", "x(1, 4, 3)[T([2, 0, -1])]"),
    ("x(1, 4, 3).at([], T([[2, 0], [1, 1]]).to('int64'))", "x(1, 4, 3)[:, T([[2, 0], [1, 1]])]"),
    ("x(1, 4, 3).at(x(2, 4).gt(0))", "x(1, 4, 3)[x(2, 4).gt(0)]"),
    ("ints(1, 4, 3).at(1, [1])", "ints(1, 4, 3)[1, 1:]"),
    ("x(1, 3).at()", "x(1, 3)[...]"),
    # products
    ("x(1, 2, 3).matmul(x(2, 3, 2))", None),
    ("x(1, 2, 2, 3).bmm(x(2, 2, 3, 2))", None),
    ("einsum('ij,jk->ik', x(1, 2, 3), x(2, 3, 2))", "torch.einsum('ij,jk->ik', x(1, 2, 3), x(2, 3, 2))"),
    ("einsum('ij,jk', [x(1, 2, 3), x(2, 3, 2)])", "torch.einsum('ij,jk', [x(1, 2, 3), x(2, 3, 2)])"),
    ("einsum('bij,bjk->bik', x(1, 2, 2, 3), x(2, 2, 3, 2))", "torch.einsum('bij,bjk->bik', x(1, 2, 2, 3), x(2, 2, 3, 2))"),
    ("einsum('...ij,...jk->...ik', x(1, 2, 2, 3), x(2, 3, 2))", "torch.einsum('...ij,...jk->...ik', x(1, 2, 2, 3), x(2, 3, 2))"),
    ("einsum('ii->i', x(1, 3, 3))", "torch.einsum('ii->i', x(1, 3, 3))"),
    ("einsum('ii', x(1, 3, 3))", "torch.einsum('ii', x(1, 3, 3))"),
    ("einsum('ij->ji', x(1, 2, 3))", "torch.einsum('ij->ji', x(1, 2, 3))"),
    ("einsum('ij->', x(1, 2, 3))", "torch.einsum('ij->', x(1, 2, 3))"),
    ("einsum('i,j->ij', x(1, 2), x(2, 3))", "torch.einsum('i,j->ij', x(1, 2), x(2, 3))"),
    ("einsum('i,i->', x(1, 4), x(2, 4))", "torch.einsum('i,i->', x(1, 4), x(2, 4))"),
    ("einsum('bchwkl,fckl->bfhw', x(1, 1, 2, 2, 2, 2, 2), x(2, 3, 2, 2, 2))", "torch.einsum('bchwkl,fckl->bfhw', x(1, 1, 2, 2, 2, 2, 2), x(2, 3, 2, 2, 2))"),
    ("einsum('ab,bc,cd->ad', x(1, 2, 3), x(2, 3, 2), x(3, 2, 2))", "torch.einsum('ab,bc,cd->ad', x(1, 2, 3), x(2, 3, 2), x(3, 2, 2))"),
    ("einsum('ba', x(1, 2, 3))", "torch.einsum('ba', x(1, 2, 3))"),
    ("einsum('i...,i->...', x(1, 2, 3), x(2, 2))", "torch.einsum('i...,i->...', x(1, 2, 3), x(2, 2))"),
]


def text(result):
    return "\n".join(str(each) for each in result) if isinstance(result, (list, tuple)) else str(result)


if __name__ == "__main__":
    cases = [{"js": js, "text": text(eval(py or js))} for js, py in PAIRS]
    write("tensors.json", "js and what torch prints for it", {"cases": cases})
