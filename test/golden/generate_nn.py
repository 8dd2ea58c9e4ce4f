#!/usr/bin/env python3
"""Writes nn.json: what layers and losses of PyTorch compute, in training and in evaluation, with their gradients.

    python3 test/golden/generate_nn.py        (PyTorch 1.13)

Layers: the parameters and statistics are x(1 ...), x(2 ...), ... in the state's order, running_var plus 1.25. Two batches, x(50, ...)
and x(51, ...), go through the layer in training mode, and x(50, ...) in evaluation mode after that. Gradients are those of the first
batch's result times x(99, ...), summed: of the input, then of the parameters. The state is that after both batches.

Losses: functions of a = x(1, ...) times 3, b = x(2, ...), and weights w = x(3, C) plus 1.5; each with its gradient for a.
"""

import math

import torch
import torch.nn as nn
import torch.nn.functional as F

from common import values, write


def x(seed, *shape):
    return torch.tensor(values(seed, math.prod(shape)), dtype=torch.float64).reshape(shape)


def numbers(tensor):
    return [float("%.7g" % v) for v in tensor.detach().reshape(-1).tolist()]


def layer(js, module, *shape):
    module = module.double()
    state = module.state_dict()
    for i, (name, tensor) in enumerate(state.items()):
        if name.endswith("num_batches_tracked"):
            continue
        state[name] = x(i + 1, *tensor.shape) + (1.25 if name.endswith("running_var") else 0)
    module.load_state_dict(state)
    module.train()
    first = x(50, *shape).requires_grad_()
    out = module(first)
    gradients = torch.autograd.grad((out * x(99, *out.shape)).sum(), [first, *module.parameters()])
    module(x(51, *shape))
    module.eval()
    return {
        "js": js,
        "shape": shape,
        "outShape": list(out.shape),
        "out": numbers(out),
        "gradients": [numbers(g) for g in gradients],
        "state": {name: numbers(tensor) for name, tensor in module.state_dict().items()},
        "evaluated": numbers(module(x(50, *shape))),
    }


LAYERS = [
    layer("new nn.BatchNorm2d(3)", nn.BatchNorm2d(3), 2, 3, 4, 5),
    layer("new nn.BatchNorm2d(2, { momentum: 0.3, eps: 0.01, affine: false })", nn.BatchNorm2d(2, 0.01, 0.3, False), 3, 2, 1, 2),
    layer("new nn.BatchNorm2d(2, { momentum: null })", nn.BatchNorm2d(2, momentum=None), 2, 2, 3, 3),
    layer("new nn.BatchNorm2d(2, { trackRunningStats: false })", nn.BatchNorm2d(2, track_running_stats=False), 2, 2, 3, 3),
    layer("new nn.BatchNorm1d(4)", nn.BatchNorm1d(4), 5, 4),
    layer("new nn.BatchNorm1d(3)", nn.BatchNorm1d(3), 2, 3, 7),
    layer("new nn.GroupNorm(2, 4)", nn.GroupNorm(2, 4), 2, 4, 3, 2),
    layer("new nn.LayerNorm([3, 2])", nn.LayerNorm([3, 2]), 2, 4, 3, 2),
    layer("new nn.InstanceNorm2d(3, { affine: true })", nn.InstanceNorm2d(3, affine=True), 2, 3, 4, 3),
    layer("new nn.Conv1d(4, 6, 3, { stride: 2, padding: 1, groups: 2 })", nn.Conv1d(4, 6, 3, 2, 1, groups=2), 2, 4, 9),
    layer("new nn.Conv1d(2, 3, 3, { padding: 2, paddingMode: 'circular', bias: false })", nn.Conv1d(2, 3, 3, padding=2, padding_mode="circular", bias=False), 2, 2, 8),
    layer("new nn.Conv1d(2, 3, [4], { padding: 'same', dilation: 2 })", nn.Conv1d(2, 3, 4, padding="same", dilation=2), 2, 8),
    layer("new nn.ConvTranspose1d(4, 2, 3, { stride: 2, padding: 1, outputPadding: 1, groups: 2 })", nn.ConvTranspose1d(4, 2, 3, 2, 1, 1, 2), 2, 4, 5),
    layer("new nn.MaxPool1d(3, { stride: 2, padding: 1 })", nn.MaxPool1d(3, 2, 1), 2, 3, 8),
    layer("new nn.AvgPool1d(3, { stride: 2, padding: 1 })", nn.AvgPool1d(3, 2, 1), 2, 3, 8),
    layer("new nn.AdaptiveAvgPool1d(3)", nn.AdaptiveAvgPool1d(3), 2, 3, 8),
    layer("new nn.CELU(1.5)", nn.CELU(1.5), 2, 9),
    layer("new nn.SELU()", nn.SELU(), 2, 9),
    layer("new nn.Hardtanh(-0.5, 0.25)", nn.Hardtanh(-0.5, 0.25), 2, 9),
    layer("new nn.Softsign()", nn.Softsign(), 2, 9),
    layer("new nn.LogSigmoid()", nn.LogSigmoid(), 2, 9),
    layer("new nn.Hardshrink(0.3)", nn.Hardshrink(0.3), 2, 9),
    layer("new nn.Softshrink(0.3)", nn.Softshrink(0.3), 2, 9),
    layer("new nn.Sequential(new nn.Linear(4, 3), new nn.BatchNorm1d(3), new nn.ReLU(), new nn.Linear(3, 2))", nn.Sequential(nn.Linear(4, 3), nn.BatchNorm1d(3), nn.ReLU(), nn.Linear(3, 2)), 6, 4),
]

REDUCTIONS = ["mean", "sum", "none"]
LOSSES = []


def loss(js, py, *shape, **names):
    """@param js with OPTIONS where the options begin, @param py likewise"""
    for reduction in REDUCTIONS:
        a = (x(1, *shape) * 3).requires_grad_()
        b = x(2, *shape)
        channels = shape[1] if len(shape) > 1 else shape[0]
        w = x(3, channels) + 1.5
        classes = torch.tensor([(3 * i + i // 2) % channels for i in range(math.prod(shape) // channels)])
        c = classes.reshape([n for axis, n in enumerate(shape) if axis != (1 if len(shape) > 1 else 0)])
        p = b.softmax(1 if len(shape) > 1 else 0)
        scope = {"a": a, "b": b, "c": c, "w": w, "p": p, "F": F, "torch": torch}
        out = eval(py.replace("OPTIONS", f"reduction='{reduction}'"), scope)
        (gradient,) = torch.autograd.grad((out * x(99, *out.shape)).sum(), a)
        LOSSES.append({
            "js": js.replace("OPTIONS", f"reduction: '{reduction}'"),
            "shape": shape,
            "classes": c.reshape(-1).tolist(),
            "classShape": list(c.shape),
            "outShape": list(out.shape),
            "out": numbers(out),
            "gradient": numbers(gradient),
        })


for shape in [(4, 3), (2, 3, 2, 2)]:
    loss("mseLoss(a, b, { OPTIONS })", "F.mse_loss(a, b, OPTIONS)", *shape)
    loss("l1Loss(a, b, { OPTIONS })", "F.l1_loss(a, b, OPTIONS)", *shape)
    loss("smoothL1Loss(a, b, { OPTIONS })", "F.smooth_l1_loss(a, b, OPTIONS)", *shape)
    loss("smoothL1Loss(a, b, { beta: 0.5, OPTIONS })", "F.smooth_l1_loss(a, b, beta=0.5, OPTIONS)", *shape)
    loss("smoothL1Loss(a, b, { beta: 0, OPTIONS })", "F.smooth_l1_loss(a, b, beta=0., OPTIONS)", *shape)
    loss("huberLoss(a, b, { delta: 0.7, OPTIONS })", "F.huber_loss(a, b, delta=0.7, OPTIONS)", *shape)
    loss("bceWithLogits(a, p, { OPTIONS })", "F.binary_cross_entropy_with_logits(a, p, OPTIONS)", *shape)
    loss("nllLoss(a.logSoftmax(1), c, { OPTIONS })", "F.nll_loss(a.log_softmax(1), c, OPTIONS)", *shape)
    loss("nllLoss(a, c, { weight: w, ignoreIndex: 1, OPTIONS })", "F.nll_loss(a, c, w, ignore_index=1, OPTIONS)", *shape)
    loss("crossEntropy(a, c, { OPTIONS })", "F.cross_entropy(a, c, OPTIONS)", *shape)
    loss("crossEntropy(a, c, { weight: w, OPTIONS })", "F.cross_entropy(a, c, w, OPTIONS)", *shape)
    loss("crossEntropy(a, c, { ignoreIndex: 2, labelSmoothing: 0.2, OPTIONS })", "F.cross_entropy(a, c, ignore_index=2, label_smoothing=0.2, OPTIONS)", *shape)
    loss("crossEntropy(a, c, { weight: w, ignoreIndex: 0, labelSmoothing: 0.3, OPTIONS })", "F.cross_entropy(a, c, w, ignore_index=0, label_smoothing=0.3, OPTIONS)", *shape)
    loss("crossEntropy(a, p, { OPTIONS })", "F.cross_entropy(a, p, OPTIONS)", *shape)
    loss("crossEntropy(a, p, { weight: w, labelSmoothing: 0.1, OPTIONS })", "F.cross_entropy(a, p, w, label_smoothing=0.1, OPTIONS)", *shape)
    loss("binaryCrossEntropy(a.sigmoid(), p, { OPTIONS })", "F.binary_cross_entropy(a.sigmoid(), p, OPTIONS)", *shape)
loss("bceWithLogits(a, p, { weight: w, posWeight: w, OPTIONS })", "F.binary_cross_entropy_with_logits(a, p, w, pos_weight=w, OPTIONS)", 4, 3)
loss("crossEntropy(a, c, { OPTIONS })", "F.cross_entropy(a, c, OPTIONS)", 5)
loss("crossEntropy(a, c, { weight: w, labelSmoothing: 0.3, OPTIONS })", "F.cross_entropy(a, c, w, label_smoothing=0.3, OPTIONS)", 5)
loss("nllLoss(a, c, { OPTIONS })", "F.nll_loss(a, c, OPTIONS)", 5)

if __name__ == "__main__":
    write("nn.json", "layers in training and evaluation, and losses, with gradients", {"cases": LAYERS, "losses": LOSSES})
