#!/usr/bin/env python3
"""Writes tensors.safetensors, a file with tensors of every type that PyTorch shares with the format, and
safetensors.json, what PyTorch's float() makes of them.

    python3 test/golden/generate_safetensors.py        (PyTorch 1.13)
"""

import json
import os

import torch

from common import HERE, tensor, write_safetensors

specials = [0.0, -0.0, 1.0, -2.5, 65504.0, 6e-8, -6.1e-5, 1 / 3, float("inf"), float("-inf")]
tensors = {
    "conv.weight": tensor(1, [4, 3, 3, 3]).float(),
    "conv.bias": tensor(2, [4]).float(),
    "bn.num_batches_tracked": torch.tensor(100, dtype=torch.int64),
    "mask": torch.tensor([True, False, True]),
    # three bytes: what follows lies at odd addresses
    "odd.float32": torch.tensor(specials, dtype=torch.float32),
    "odd.float64": torch.tensor(specials + [1e-50, 1.0 + 2.0**-30], dtype=torch.float64),
    "odd.float16": torch.tensor(specials, dtype=torch.float16),
    "odd.bfloat16": torch.tensor(specials, dtype=torch.bfloat16).reshape(2, 5),
    "odd.int64": torch.tensor([0, -1, 2**24, -(2**40), 2**62], dtype=torch.int64),
    "odd.int32": torch.tensor([0, -1, 2**24, -(2**31)], dtype=torch.int32),
    "int16": torch.tensor([[-32768, 32767]], dtype=torch.int16),
    "int8": torch.tensor([-128, 127, 0], dtype=torch.int8),
    "uint8": torch.tensor([0, 128, 255], dtype=torch.uint8),
    "empty": torch.zeros([0, 3]),
    'name "quoted": Größe \\ 長': torch.ones([1, 1]),
    "__proto__": torch.tensor([7.0]),
}

metadata = {"format": "pt", "a:b": '"{:}"'}
size = write_safetensors(os.path.join(HERE, "tensors.safetensors"), tensors, metadata)


# the bits of float32, for JSON has no infinities and no -0 in every reader
def bits(value):
    return value.float().contiguous().view(-1).view(torch.int32).tolist()


expected = [{"name": name, "shape": list(value.shape), "bits": bits(value)} for name, value in tensors.items()]
with open(os.path.join(HERE, "safetensors.json"), "w") as file:
    cases = ",\n".join(json.dumps(case, separators=(",", ":")) for case in expected)
    file.write('{\n"torch": %s,\n"tensors": [\n%s\n]\n}\n' % (json.dumps(torch.__version__), cases))
print("%d tensors, %d bytes" % (len(tensors), size))
