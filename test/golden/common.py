"""What the generators share: exact inputs made from seeds, exact results as integers, and the files they go to."""

import json
import math
import os
import struct
import warnings

import torch

torch.set_num_threads(1)
# torch warns that even kernels with 'same' may copy their input
warnings.filterwarnings("ignore", message="Using padding='same'")

HERE = os.path.dirname(os.path.abspath(__file__))
MODES = ["reflect", "replicate", "circular"]


# The same generator in TypeScript: `values` of test/support/reference.ts.
def values(seed, count):
    state = (seed * 0x9E3779B1 + 0x7F4A7C15) & 0xFFFFFFFF
    out = []
    for _ in range(count):
        state = (state * 1664525 + 1013904223) & 0xFFFFFFFF
        out.append(((state >> 23) - 256) / 256)
    return out


def tensor(seed, shape):
    return torch.tensor(values(seed, math.prod(shape)), dtype=torch.float64).reshape(shape)


def integers(result, unit):
    """The exact result in units; fails where float64 was not exact or float32 could not be."""
    scaled = (result * unit).reshape(-1)
    assert torch.equal(scaled, scaled.round()), "not a multiple of the unit"
    assert scaled.numel() == 0 or scaled.abs().max() < 2**24, "not exact in float32"
    return [int(v) for v in scaled.tolist()]


def same_in_float32(exact, single):
    assert single.dtype == torch.float32 and single.shape == exact.shape
    assert torch.allclose(single.double(), exact, rtol=1e-6, atol=1e-6), (single.double() - exact).abs().max()


def pair(value, axes):
    return tuple(value) if isinstance(value, list) else (value,) * axes


def write(name, note, groups):
    lines = ["{", '"torch": %s,' % json.dumps(torch.__version__), '"note": %s' % json.dumps(note)]
    for group, cases in groups.items():
        lines[-1] += ","
        lines.append('"%s": [' % group)
        lines.append(",\n".join(json.dumps(case, separators=(",", ":")) for case in cases))
        lines.append("]")
    lines.append("}")
    path = os.path.join(HERE, name)
    with open(path, "w") as file:
        file.write("\n".join(lines) + "\n")
    counts = ", ".join("%d %s" % (len(cases), group) for group, cases in groups.items())
    print("%s: %s, %d KB" % (name, counts, os.path.getsize(path) // 1024))


SAFETENSORS_TYPES = {
    torch.float32: "F32",
    torch.float64: "F64",
    torch.float16: "F16",
    torch.bfloat16: "BF16",
    torch.int64: "I64",
    torch.int32: "I32",
    torch.int16: "I16",
    torch.int8: "I8",
    torch.uint8: "U8",
    torch.bool: "BOOL",
}


def write_safetensors(path, tensors, metadata):
    """By the format's description: the header's length in eight bytes, the header in JSON, the values. Returns the bytes."""
    header, values = {"__metadata__": metadata}, b""
    for name, value in tensors.items():
        raw = value.contiguous().view(-1)
        # numpy knows no bfloat16
        raw = (raw.view(torch.int16) if raw.dtype == torch.bfloat16 else raw).numpy().tobytes()
        header[name] = {
            "dtype": SAFETENSORS_TYPES[value.dtype],
            "shape": list(value.shape),
            "data_offsets": [len(values), len(values) + len(raw)],
        }
        values += raw
    text = json.dumps(header, ensure_ascii=False, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    with open(path, "wb") as file:
        return file.write(struct.pack("<Q", len(text)) + text + values)
