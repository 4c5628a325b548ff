"""The archive of the invented »Seeblick-Kurier«: articles and judged pairs, shipped in the package."""

from __future__ import annotations

import json
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlsplit

from recommender.article import Article, parse_article

if TYPE_CHECKING:
    from collections.abc import Iterator

SITE = "demo"
LEAD_ID = "10001"
IMAGE_WIDTH, IMAGE_HEIGHT = 1200, 675

_PARTS = ("world", "regional", "features")


class JudgedPair(NamedTuple):
    """How related two articles are to an editor: `score` in 0…1; `langs` like `de-en`, alphabetical."""

    a: str
    b: str
    score: float
    langs: str


def load_corpus(base_url: str) -> list[Article]:
    """Return every article of the archive, whatever its status, in the order of the files.

    Addresses of articles and images are moved to `base_url`; images are 1200 x 675 pixels.
    """
    root = base_url.rstrip("/")
    return [
        parse_article(_moved(data, root), site=SITE)
        for part in _PARTS
        for data in _lines("corpus", f"{part}.jsonl")
    ]


def load_pairs() -> list[JudgedPair]:
    """Return the judged pairs in the order of the file."""
    return [
        JudgedPair(a=data["a"], b=data["b"], score=float(data["score"]), langs=data["langs"])
        for data in _lines("pairs.jsonl")
    ]


def _moved(data: dict[str, Any], root: str) -> dict[str, Any]:
    image = data.get("image")
    if image is not None:
        image = {
            "url": f"{root}/images/{image['name']}.svg",
            "alt": image["alt"],
            "width": IMAGE_WIDTH,
            "height": IMAGE_HEIGHT,
        }
    return {**data, "url": root + urlsplit(data["url"]).path, "image": image}


def _lines(*path: str) -> Iterator[dict[str, Any]]:
    text = files("recommender.demo").joinpath(*path).read_text(encoding="utf-8")
    # split("\n"), not splitlines(): a JSON string may hold U+2028
    return (json.loads(line) for line in text.split("\n") if line.strip())
