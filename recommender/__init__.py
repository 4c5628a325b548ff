"""The related-articles service: everything that needs an article or a request.

Imports `index` for vectors and index files; nothing there imports back.
"""

from __future__ import annotations

__version__ = "0.1.0"
