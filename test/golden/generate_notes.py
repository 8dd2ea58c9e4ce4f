#!/usr/bin/env python3
"""Writes notes.json: what the Python scripts of examples/notes/ print.

    python3 test/golden/generate_notes.py        (PyTorch 1.13)
"""

import os
import subprocess
import sys

from common import HERE, write

NOTES = os.path.join(HERE, "../../examples/notes")


def printed(name):
    return subprocess.run([sys.executable, os.path.join(NOTES, name)], check=True, capture_output=True, text=True).stdout


names = sorted(name for name in os.listdir(NOTES) if name.endswith(".py"))
write("notes.json", "what the scripts print", {"cases": [{"name": name[:-3], "printed": printed(name)} for name in names]})
