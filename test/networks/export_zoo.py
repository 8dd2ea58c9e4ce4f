"""Writes networks of torchvision as ONNX files, each with an input and the result that torch gives for it.

    python3 test/networks/export_zoo.py DIRECTORY [NAME...]

Needs PyTorch 1.13 and torchvision 0.14 (Debian: python3-torch, python3-torchvision, python3-onnx). For every network and
opset it writes

    NAME-opsetN.onnx    fixed shapes; NAME-dynamic-opsetN.onnx: any batch, height and width;
                        NAME-unfused-opsetN.onnx: as the module is, batch norms not folded into the convolutions
    NAME.input.bin      float32, (1, 3, H, W); the shape stands in NAME.json
    NAME.output.bin     float32, what torch computed in eval mode

`check_zoo.ts` holds this library against the results. Weights are random, by a seed: nothing is downloaded. Two images
through the network in training mode set the running statistics of its batch norms, whose scales and shifts are drawn
too, so that no layer is an identity and nothing explodes.
"""

import json
import sys
import warnings
from pathlib import Path

import torch
from torch import nn
from torchvision import models

OPSETS = (11, 13, 16)

CLASSIFIERS = {
    "resnet50": models.resnet50,
    "resnext50": models.resnext50_32x4d,
    "mobilenet-v2": models.mobilenet_v2,
    "mobilenet-v3": models.mobilenet_v3_large,
    "squeezenet": models.squeezenet1_1,
    "efficientnet-b0": models.efficientnet_b0,
    "shufflenet-v2": models.shufflenet_v2_x1_0,
    "densenet121": models.densenet121,
    "googlenet": lambda: models.googlenet(aux_logits=False, init_weights=False),
    "mnasnet": models.mnasnet1_0,
    "regnet-y-400mf": models.regnet_y_400mf,
    "convnext-tiny": models.convnext_tiny,
}

SEGMENTERS = {
    "deeplabv3": lambda: models.segmentation.deeplabv3_mobilenet_v3_large(weights=None, weights_backbone=None),
    "lraspp": lambda: models.segmentation.lraspp_mobilenet_v3_large(weights=None, weights_backbone=None),
}

# networks whose sizes are also left open, which puts shape arithmetic into the file
DYNAMIC = ("shufflenet-v2", "mobilenet-v3", "densenet121", "deeplabv3", "lraspp")

UNFUSED = ("resnet50", "mobilenet-v2", "efficientnet-b0", "densenet121")


class Logits(nn.Module):
    """The first result of a segmentation network, which gives a dictionary."""

    def __init__(self, network):
        super().__init__()
        self.network = network

    def forward(self, x):
        return self.network(x)["out"]


def build(name):
    torch.manual_seed(1)
    network = Logits(SEGMENTERS[name]()) if name in SEGMENTERS else CLASSIFIERS[name]()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.momentum = None
                module.weight.uniform_(0.5, 1.5)
                module.bias.uniform_(-0.3, 0.3)
        for key, parameter in network.named_parameters():
            if key.endswith("layer_scale"):
                parameter.uniform_(0.1, 0.5)
        network.train()
        network(torch.randn(2, 3, 224, 224))
    return network.eval()


def export(directory, name):
    network = build(name)
    x = torch.randn(1, 3, 224, 224)
    with torch.no_grad():
        y = network(x)
    (directory / f"{name}.input.bin").write_bytes(x.numpy().tobytes())
    (directory / f"{name}.output.bin").write_bytes(y.numpy().tobytes())
    (directory / f"{name}.json").write_text(json.dumps({"input": list(x.shape), "output": list(y.shape)}) + "\n")
    opsets = OPSETS if name != "convnext-tiny" else (*OPSETS, 17)
    for opset in opsets:
        path = directory / f"{name}-opset{opset}.onnx"
        torch.onnx.export(network, x, path, opset_version=opset, input_names=["x"], output_names=["y"])
    if name in UNFUSED:
        path = directory / f"{name}-unfused-opset13.onnx"
        as_it_is = {"training": torch.onnx.TrainingMode.PRESERVE, "do_constant_folding": False}
        torch.onnx.export(network, x, path, opset_version=13, input_names=["x"], output_names=["y"], **as_it_is)
    if name in DYNAMIC:
        axes = {"x": {0: "batch", 2: "height", 3: "width"}}
        for opset in (11, 16):
            path = directory / f"{name}-dynamic-opset{opset}.onnx"
            torch.onnx.export(
                network, x, path, opset_version=opset, input_names=["x"], output_names=["y"], dynamic_axes=axes
            )
    print(name, tuple(y.shape), f"mean {y.mean():.3g}, deviation {y.std():.3g}", flush=True)


def main(directory, *names):
    warnings.filterwarnings("ignore")
    torch.set_num_threads(2)
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    for name in names or (*CLASSIFIERS, *SEGMENTERS):
        export(directory, name)


if __name__ == "__main__":
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    main(*sys.argv[1:])
