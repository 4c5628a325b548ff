"""What every measuring script has: the choice of articles, and figures as JSON or line by line."""

from __future__ import annotations

import argparse
import json
from typing import Any


def options_of(description: str, *, articles: int) -> argparse.ArgumentParser:
    """Return a parser with the options all scripts share; `articles` is how many are made up unless told."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--articles", type=int, default=articles)
    parser.add_argument("--source", help="take the articles from this file instead of making them up")
    parser.add_argument("--json", action="store_true", help="one JSON document")
    return parser


def show(figures: dict[str, Any], *, as_json: bool) -> None:
    """Print the figures."""
    if as_json:
        print(json.dumps(figures, indent=2))
        return
    for name, value in figures.items():
        print(f"{name}: {value}")
