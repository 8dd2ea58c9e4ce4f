#!/usr/bin/env python3
"""Writes transforms.json: pictures as torchvision's transforms leave them.

    python3 test/golden/generate_transforms.py        (torchvision 0.14, PIL 9.4)

Inputs are not stored: both sides make them with `values(seed, count)`, as bytes. The pictures that come out are stored as
bytes, for that is what PIL works on; what Normalize gives is float32.
"""

import json
import os

import numpy as np
from PIL import Image
from torchvision import transforms as T

from common import HERE, values


def picture(seed, height, width):
    samples = [int(128 * v + 128) for v in values(seed, height * width * 3)]
    return Image.fromarray(np.array(samples, dtype=np.uint8).reshape(height, width, 3))


def case(name, seed, size, mode, transform, steps):
    height, width = size
    image = transform(picture(seed, height, width).convert(mode))
    return {
        "name": name,
        "seed": seed,
        "size": size,
        "channels": len(mode) if mode == "RGB" else 1,
        "steps": steps,
        "result": [image.height, image.width],
        "bytes": np.asarray(image).reshape(-1).tolist(),
    }


def main():
    cases = [
        case("shorter side, wide", 1, [17, 40], "RGB", T.Resize(8), {"shorter": 8}),
        case("shorter side, high", 2, [41, 19], "RGB", T.Resize(7), {"shorter": 7}),
        case("shorter side, enlarged", 3, [5, 9], "RGB", T.Resize(11), {"shorter": 11}),
        case("stretched", 4, [23, 31], "RGB", T.Resize((9, 40)), {"size": [9, 40]}),
        case("grey", 5, [24, 20], "L", T.Resize(10), {"shorter": 10}),
        case("one axis alone", 6, [16, 30], "RGB", T.Resize((16, 13)), {"size": [16, 13]}),
        case("odd margins", 7, [9, 12], "L", T.CenterCrop((4, 5)), {"crop": [4, 5]}),
        case("other odd margins", 8, [11, 10], "L", T.CenterCrop((4, 3)), {"crop": [4, 3]}),
        case(
            "as classifiers have it",
            9,
            [60, 45],
            "RGB",
            T.Compose([T.Resize(16), T.CenterCrop(14)]),
            {"shorter": 16, "crop": [14, 14]},
        ),
    ]
    mean, std = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
    normalised = T.Compose([T.ToTensor(), T.Normalize(mean, std)])(picture(10, 3, 4))
    path = os.path.join(HERE, "transforms.json")
    with open(path, "w") as file:
        json.dump(
            {
                "pictures": cases,
                "normalised": {
                    "seed": 10,
                    "size": [3, 4],
                    "mean": mean,
                    "std": std,
                    "values": [float(v) for v in normalised.reshape(-1).tolist()],
                },
            },
            file,
        )
        file.write("\n")


main()
