"""Writes stored.npz and deflated.npz, the archives of test/formats/npz.test.ts, by NumPy itself.

    python3 generate_npz.py
"""

from pathlib import Path

import numpy as np

HERE = Path(__file__).parent

arrays = {
    "weight": np.arange(24, dtype=np.float32).reshape(2, 3, 4) / 8 - 1,
    "half": np.array([1.5, -2, 65504], np.float16),
    "steps": np.int64(7),
    "ids": np.array([1, -2, 3], np.int32),
    "mask": np.array([True, False]),
    "bytes": np.array([[0, 255]], np.uint8),
    "small": np.array([-128, 127], np.int8),
    "empty": np.zeros((2, 0), np.float32),
    "layer.0.weight": np.ones((3,), np.float32),
    "größe": np.full((2,), 2, np.float32),
}
positional = np.array([[1, 2], [3, 4]], np.float32)
np.savez(HERE / "stored.npz", positional, **arrays)
np.savez_compressed(HERE / "deflated.npz", positional, **arrays)
