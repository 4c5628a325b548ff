"""What a CMS's editor holds: a fragment of HTML that is all content, to paragraphs and fact box."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Final

from lxml import etree
from lxml import html as lxml_html

from recommender.text.boilerplate import repair_broken_tags, strip_boilerplate
from recommender.text.charset import repair_text
from recommender.text.dom import cut_fact_box, prune_chrome
from recommender.text.normalise import normalise_text, one_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from recommender.text.factbox import FactBox

_NOT_TEXT: Final = (
    "script", "style", "noscript", "template", "iframe", "figure", "form", "nav", "svg", "video", "audio",
)  # fmt: skip
_BLOCKS: Final = frozenset({
    "p", "div", "br", "h1", "h2", "h3", "h4", "h5", "h6", "li", "ul", "ol", "table", "caption", "tr",
    "blockquote", "section", "article", "main", "aside", "header", "footer", "address", "details",
    "summary", "dl", "dt", "dd", "pre", "hr",
})  # fmt: skip
_CELLS: Final = frozenset({"td", "th"})
# A text that merely has a "<" in it is left alone.
_MARKUP: Final = re.compile(
    r"</?(?:p|div|br|h[1-6]|ul|ol|li|a|strong|em|b|i|u|small|sub|sup|span|figure|blockquote|img|table|"
    r"script|style|section|iframe)\b[^>]*>|<!--",
    re.IGNORECASE,
)
_ENTITY: Final = re.compile(r"&(?:#\d{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,30});")


def has_markup(text: str) -> bool:
    """Say whether a text holds HTML tags that a CMS would send."""
    return bool(_MARKUP.search(text))


def read_entities(text: str) -> str:
    """Return plain text with its HTML entities as characters: a CMS writes `&amp;` in titles without tags.

    Only what ends in a semicolon counts, and unknown names stay as they are.
    """
    return _ENTITY.sub(lambda match: html.unescape(match[0]), text) if "&" in text else text


def read_line(markup: str) -> str:
    """Return all text of a short fragment, a title for example, on one line. Never raises."""
    return one_line("".join(_pieces(_parsed(markup))))


def read_fragment(markup: str) -> tuple[str, FactBox]:
    """Return the text of an HTML fragment, paragraphs apart by an empty line, and its fact box.

    Everything is content, so nothing is guessed to be the main part; scripts, figures, forms and the
    chrome that editors paste in ("Lesen Sie auch", ad inserts) are left out. Never raises; markup
    nested more than 2,000 deep, which nobody writes, gives no text.
    """
    tree = _parsed(markup)
    facts = cut_fact_box(tree)
    prune_chrome(tree)
    lines = normalise_text("".join(_pieces(tree))).split("\n")
    return "\n\n".join(strip_boilerplate([line for line in lines if line])), facts


def _parsed(markup: str) -> HtmlElement:
    # lxml refuses control characters, and stops at half a surrogate pair; a CMS database can hold both
    source = "".join(c for c in repair_broken_tags(repair_text(markup)) if _is_character(c))
    # without `huge_tree` a fragment nested 256 deep gives nothing at all
    parser = lxml_html.HTMLParser(huge_tree=True)
    tree = lxml_html.fragment_fromstring(source, create_parent="div", parser=parser)
    for element in list(tree.iter(*_NOT_TEXT)):
        element.drop_tree()
    return tree


def _is_character(c: str) -> bool:
    return (c >= " " and not "\ud800" <= c <= "\udfff") or c in "\n\t"


def _pieces(tree: HtmlElement) -> Iterator[str]:
    for event, element in etree.iterwalk(tree, events=("start", "end", "comment", "pi")):
        if event in {"start", "end"}:
            yield "\n" if element.tag in _BLOCKS else " " if element.tag in _CELLS else ""
        yield _folded(element.text if event == "start" else element.tail)


def _folded(text: str | None) -> str:
    # a line break in markup is a blank; the ones that count were made by blocks
    return re.sub(r"\s+", " ", text) if text else ""
