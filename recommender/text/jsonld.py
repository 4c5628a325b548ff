"""The article that a page describes in JSON-LD (schema.org), read leniently."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

# What comes first describes the page best when several objects are given.
_KINDS: Final = {
    "LiveBlogPosting": "liveblog",
    "NewsArticle": "article",
    "ReportageNewsArticle": "article",
    "AnalysisNewsArticle": "article",
    "BackgroundNewsArticle": "article",
    "OpinionNewsArticle": "opinion",
    "ReviewNewsArticle": "article",
    "SatiricalArticle": "article",
    "AdvertiserContentArticle": "advertorial",
    "Article": "article",
    "Report": "article",
    "BlogPosting": "article",
    "TechArticle": "article",
    "ScholarlyArticle": "article",
    "ImageGallery": "gallery",
    "PodcastEpisode": "audio",
    "VideoObject": "video",
}
_RANK: Final = {name: rank for rank, name in enumerate(_KINDS)}
_MAX_DEPTH: Final = 6
_WRAPPERS = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[|/\*.*?\*/)|(?:-->|//\s*\]\]>|\]\]>)\s*;?\s*$"
)


def article_node(tree: HtmlElement) -> dict[str, Any]:
    """Return the JSON-LD object that describes the page's article, or an empty one.

    Blocks that are no JSON are passed over. Among several candidates the more specific type wins, then
    the first in the page. `@graph`, lists and `mainEntity` are followed; references (`@id`) within the
    page are resolved for images and authors.
    """
    nodes = [node for block in _blocks(tree) for node in _objects(block, 0)]
    by_id = {node["@id"]: node for node in nodes if isinstance(node.get("@id"), str) and len(node) > 1}
    candidates = [(rank, node) for node in nodes if (rank := _rank(node)) is not None]
    if not candidates:
        return {}
    best = min(candidates, key=lambda pair: pair[0])[1]
    return {name: _resolve(value, by_id) for name, value in best.items()}


def kind_of(node: dict[str, Any]) -> str:
    """Return our `kind` for an object from `article_node`; `article` when it has no known type."""
    rank = _rank(node)
    return "article" if rank is None else list(_KINDS.values())[rank]


def _blocks(tree: HtmlElement) -> Iterator[Any]:
    for script in tree.iterfind(".//script[@type='application/ld+json']"):
        text = _WRAPPERS.sub("", (script.text or "").strip())
        try:
            yield json.loads(text, strict=False)
        except (ValueError, RecursionError):
            continue


def _objects(value: Any, depth: int) -> Iterator[dict[str, Any]]:
    if depth > _MAX_DEPTH:
        return
    if isinstance(value, list):
        for item in value:
            yield from _objects(item, depth + 1)
    elif isinstance(value, dict):
        yield value
        for name in ("@graph", "mainEntity", "itemListElement"):
            if isinstance(value.get(name), dict | list):
                yield from _objects(value[name], depth + 1)


def _rank(node: dict[str, Any]) -> int | None:
    types = node.get("@type")
    names = types if isinstance(types, list) else [types]
    ranks = [_RANK[name] for name in names if isinstance(name, str) and name in _RANK]
    return min(ranks, default=None)


def _resolve(value: Any, by_id: dict[str, dict[str, Any]]) -> Any:
    if isinstance(value, list):
        return [_resolve(item, by_id) for item in value]
    if isinstance(value, dict) and set(value) <= {"@id", "@type"} and isinstance(value.get("@id"), str):
        return by_id.get(value["@id"], value)
    return value
