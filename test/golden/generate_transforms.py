#!/usr/bin/env python3
"""Writes transforms.json: pictures and tensors as torchvision's transforms leave them.

    python3 test/golden/generate_transforms.py        (torchvision 0.14, PIL 9.4, PyTorch 1.13)

Inputs are not stored: both sides make them with `values(seed, count)`, as bytes. Pictures that come out are stored as bytes,
for that is what PIL works on; floats as decimal numbers that give the same float32 back.
"""

import json
import os

import numpy as np
import torch
from PIL import Image
from torchvision import transforms as T

from common import HERE, values


def picture(seed, height, width):
    samples = [int(128 * v + 128) for v in values(seed, height * width * 3)]
    return Image.fromarray(np.array(samples, dtype=np.uint8).reshape(height, width, 3))


def case(name, seed, size, mode, transform, to, options=None):
    height, width = size
    image = transform(picture(seed, height, width).convert(mode))
    return {
        "name": name,
        "seed": seed,
        "size": size,
        "mode": mode,
        "to": to,
        "options": options or {},
        "result": [image.height, image.width],
        "bytes": np.asarray(image).reshape(-1).tolist(),
    }


def floats(tensor):
    return [float("%.9g" % value) for value in tensor.reshape(-1).tolist()]


def resized(seed, size, to, antialias, batch=None):
    """Of a tensor: floats from 0 to 1, and bytes."""
    height, width = size
    bytes = T.PILToTensor()(picture(seed, height, width))
    if batch is not None:
        bytes = torch.stack([bytes, 255 - bytes])
    resize = T.Resize(to, antialias=antialias)
    result = resize(bytes)
    return {
        "seed": seed,
        "size": size,
        "to": to,
        "antialias": antialias,
        "batch": batch is not None,
        "shape": list(result.shape),
        "bytes": result.reshape(-1).tolist(),
        "floats": floats(resize(bytes.float().div(255))),
    }


def cropped(seed, size, to):
    height, width = size
    return {
        "seed": seed,
        "size": size,
        "to": to,
        "bytes": np.asarray(T.CenterCrop(to)(picture(seed, height, width))).reshape(-1).tolist(),
    }


def main():
    cases = [
        case("shorter side, wide", 1, [17, 40], "RGB", T.Resize(8), 8),
        case("shorter side, high", 2, [41, 19], "RGB", T.Resize(7), 7),
        case("shorter side, enlarged", 3, [5, 9], "RGB", T.Resize(11), 11),
        case("shorter side, square", 13, [20, 20], "RGB", T.Resize(9), 9),
        case("longer side limited", 14, [12, 40], "RGB", T.Resize(9, max_size=20), 9, {"maxSize": 20}),
        case("stretched", 4, [23, 31], "RGB", T.Resize((9, 40)), [9, 40]),
        case("grey", 5, [24, 20], "L", T.Resize(10), 10),
        case("grey and long", 15, [4, 300], "L", T.Resize((3, 17)), [3, 17]),
        case("opaque, with alpha", 16, [50, 44], "RGBA", T.Resize((13, 21)), [13, 21]),
        case("one axis alone", 6, [16, 30], "RGB", T.Resize((16, 13)), [16, 13]),
        case("the other axis alone", 17, [30, 16], "RGB", T.Resize((13, 16)), [13, 16]),
        case("much smaller", 18, [130, 170], "RGB", T.Resize((3, 2)), [3, 2]),
        case("much larger", 19, [2, 3], "RGB", T.Resize((37, 50)), [37, 50]),
        case("of one pixel", 20, [1, 1], "RGB", T.Resize((3, 4)), [3, 4]),
    ]
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    every = torch.arange(256, dtype=torch.uint8).repeat(3, 1, 1)
    scaled = T.ToTensor()(every.permute(1, 2, 0).numpy())
    path = os.path.join(HERE, "transforms.json")
    with open(path, "w") as file:
        json.dump(
            {
                "pictures": cases,
                "tensors": [
                    resized(21, [17, 40], [8, 18], True),
                    resized(21, [17, 40], [8, 18], False),
                    resized(22, [41, 19], 7, True),
                    resized(22, [41, 19], 7, False),
                    resized(23, [5, 9], [11, 20], True),
                    resized(23, [5, 9], [11, 20], False),
                    resized(24, [9, 7], [4, 9], True, 2),
                    resized(24, [9, 7], [4, 9], False, 2),
                ],
                "crops": [
                    cropped(7, [9, 12], [4, 5]),
                    cropped(8, [11, 10], [4, 3]),
                    cropped(9, [5, 8], [8, 5]),
                    cropped(10, [4, 3], [7, 6]),
                    cropped(11, [6, 9], [6, 9]),
                ],
                "scaled": floats(scaled[0]),
                "normalised": {"mean": mean, "std": std, "values": floats(T.Normalize(mean, std)(scaled))},
            },
            file,
        )
        file.write("\n")


main()
