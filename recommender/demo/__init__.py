"""The demo: an invented newspaper with its archive, so that the section can be seen filled, offline.

Sits on top of everything else; nothing imports it but the command line.
"""

from __future__ import annotations
