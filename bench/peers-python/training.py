"""Times steps of training by PyTorch on one thread, for bench/training.ts: a line with the name of a network in, the milliseconds of
a step out."""

import sys
from time import perf_counter

import torch
import torch.nn as nn
import torch.nn.functional as F


class Block(nn.Module):
    def __init__(self, channels, width, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(channels, width, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.shortcut = nn.Sequential()
        if stride != 1 or channels != width:
            self.shortcut = nn.Sequential(nn.Conv2d(channels, width, 1, stride, bias=False), nn.BatchNorm2d(width))

    def forward(self, x):
        y = F.relu(self.bn1(self.conv1(x)))
        return F.relu(self.bn2(self.conv2(y)) + self.shortcut(x))


def resnet18():
    stem = [nn.Conv2d(3, 64, 7, 2, 3, bias=False), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(3, 2, 1)]
    blocks, channels = [], 64
    for width, stride in [(64, 1), (64, 1), (128, 2), (128, 1), (256, 2), (256, 1), (512, 2), (512, 1)]:
        blocks.append(Block(channels, width, stride))
        channels = width
    return nn.Sequential(*stem, *blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(512, 10))


def digits():
    layers = []
    for channels, filters in [(1, 8), (8, 16), (16, 32)]:
        layers += [nn.Conv2d(channels, filters, 3, padding=1), nn.BatchNorm2d(filters), nn.ReLU(), nn.MaxPool2d(2)]
    return nn.Sequential(*layers, nn.Flatten(), nn.Linear(288, 10))


def step_of(model, *shape):
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
    x, target = torch.randn(*shape), torch.arange(shape[0]) % 10

    def step():
        optimiser.zero_grad()
        F.cross_entropy(model(x), target).backward()
        optimiser.step()

    return step


torch.set_num_threads(1)
STEPS = {"resnet18": step_of(resnet18(), 32, 3, 32, 32), "digits": step_of(digits(), 64, 1, 24, 24)}
for line in sys.stdin:
    step = STEPS[line.strip()]
    begin = perf_counter()
    step()
    print(1e3 * (perf_counter() - begin), flush=True)
