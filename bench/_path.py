"""Imported first by every script here: puts the repository on the path in place of this folder.

In this folder `http.py` (a name that others rely on) would hide the standard library's package.
"""

from __future__ import annotations

import sys
from pathlib import Path

sys.path[0] = str(Path(__file__).resolve().parent.parent)
