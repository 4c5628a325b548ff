"""The HTTP API: routes, wire format, errors, keys."""

from __future__ import annotations
