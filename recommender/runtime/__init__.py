"""What a running process is made of: opened catalog and index, the encoding process, the server."""

from __future__ import annotations
