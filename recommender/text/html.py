"""An HTML page to its article: main text by trafilatura, chrome and fact box cut, metadata read."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from trafilatura import bare_extraction, load_html
from trafilatura.settings import Document

from recommender.text.boilerplate import repair_broken_tags, strip_boilerplate, take_tag_lines
from recommender.text.charset import decode_bytes, repair_text
from recommender.text.dom import cut_fact_box, link_list_items, prune_chrome
from recommender.text.metadata import read_metadata
from recommender.text.normalise import normalise_text
from recommender.text.page import Page, PageMetadata
from recommender.text.visible import h1_title

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_LOOKS_LIKE_HTML = re.compile(
    r"<\s*(?:!doctype|html|head|body|article|main|div|p|meta|section|h1)\b", re.IGNORECASE
)
_LOOKED_AT: Final = 20_000
# In letters. A short title (a dish, a name) may well end a sentence.
_MIN_AFTER_KICKER: Final = 25
_MAX_KICKER: Final = 50
_LIST_LINE = re.compile(r"(?:- |\| ?)")


def extract_page(html: bytes | str, *, url: str = "") -> Page:
    """Return the article of a page; without paragraphs when the page has none.

    `url` is where the page was fetched, when known: relative links are resolved with it. Never raises
    for bad markup. A line at the beginning that repeats the title is left out; the lines of a list or table
    make one paragraph.
    """
    source = repair_broken_tags(decode_bytes(html) if isinstance(html, bytes) else html)
    tree = load_html(source) if _LOOKS_LIKE_HTML.search(source[:_LOOKED_AT]) else None
    if tree is None:
        return Page((), PageMetadata(url=url))
    metadata = read_metadata(tree, url=url)
    facts = cut_fact_box(tree)
    prune_chrome(tree)
    linked = link_list_items(tree)
    lines, headings = _main_text(tree, url)
    lines = [line for line in lines if not (line.startswith("- ") and line[2:] in linked)]
    tags, lines = take_tag_lines(lines)
    kept = strip_boilerplate(_without_title(lines, metadata.title, h1_title(tree)), keep=headings)
    if tags and not metadata.tags:
        metadata = replace(metadata, tags=tags)
    return Page(tuple(_paragraphs(kept)), metadata, facts)


def _main_text(tree: HtmlElement, url: str) -> tuple[list[str], frozenset[str]]:
    """Lines of the main text, and those of them that are headings."""
    document = bare_extraction(tree, url=url or None, include_comments=False)
    if not isinstance(document, Document):  # None: nothing found
        return [], frozenset()
    headings = {" ".join("".join(head.itertext()).split()) for head in document.body.iter("head")}
    lines = normalise_text(repair_text(document.text or "")).split("\n")
    return [line for line in lines if line], frozenset(headings)


def _without_title(lines: list[str], *titles: str) -> list[str]:
    """Leave out those of the first three lines that repeat a title, alone or after a short kicker."""
    known = {squashed for title in titles if (squashed := _squash(title))}

    def repeats(line: str) -> bool:
        letters = _squash(line)
        return any(
            letters == title
            or (
                len(title) >= _MIN_AFTER_KICKER
                and letters.endswith(title)
                and len(letters) <= len(title) + _MAX_KICKER
            )
            for title in known
        )

    return [line for line in lines[:3] if not repeats(line)] + lines[3:]


def _squash(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _paragraphs(lines: list[str]) -> list[str]:
    paragraphs: list[str] = []
    in_list = False
    for line in lines:
        is_item = bool(_LIST_LINE.match(line))
        if is_item and in_list:
            paragraphs[-1] += "\n" + line
        else:
            paragraphs.append(line)
        in_list = is_item
    return paragraphs
