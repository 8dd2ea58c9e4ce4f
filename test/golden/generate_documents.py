#!/usr/bin/env python3
"""Runs the Python of docs/from-pytorch.md, one block after the other, and keeps what its TypeScript reads: the files that
it writes, and in from-pytorch.json the blocks and what each of them prints.

    python3 test/golden/generate_documents.py        (PyTorch 1.13)
"""

import contextlib
import io
import json
import os
import re
import sys
import types

import torch

from common import HERE, write_safetensors

try:
    import safetensors.torch  # noqa: F401
except ModuleNotFoundError:
    # Debian has no package of it
    package, module = types.ModuleType("safetensors"), types.ModuleType("safetensors.torch")
    module.save_file = lambda tensors, path: write_safetensors(path, tensors, {})
    sys.modules.update({"safetensors": package, "safetensors.torch": module})

with open(os.path.join(HERE, "../../docs/from-pytorch.md")) as document:
    blocks = re.findall(r"^```python\n(.*?)^```$", document.read(), re.S | re.M)

folder = os.path.join(HERE, "from-pytorch")
os.makedirs(folder, exist_ok=True)
os.chdir(folder)
names, cases = {}, []
for block in blocks:
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(block, names)
    cases.append({"source": block, "printed": printed.getvalue()})
with open(os.path.join(HERE, "from-pytorch.json"), "w") as file:
    json.dump({"torch": torch.__version__, "blocks": cases}, file, indent=2)
    file.write("\n")
print("%d blocks; %s" % (len(blocks), ", ".join(sorted(os.listdir(folder)))))
