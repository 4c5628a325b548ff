"""What a CMS's editor holds: a fragment of HTML that is all content, to paragraphs and fact box."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from lxml import html as lxml_html

from recommender.text.boilerplate import repair_broken_tags, strip_boilerplate
from recommender.text.charset import repair_text
from recommender.text.dom import cut_fact_box, prune_chrome
from recommender.text.normalise import normalise_text

if TYPE_CHECKING:
    from collections.abc import Iterator

    from lxml.html import HtmlElement

    from recommender.text.factbox import FactBox

_NOT_TEXT: Final = (
    "script",
    "style",
    "noscript",
    "template",
    "iframe",
    "figure",
    "form",
    "nav",
    "svg",
    "video",
    "audio",
)
_BLOCKS: Final = frozenset(
    {
        "p",
        "div",
        "br",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "li",
        "ul",
        "ol",
        "table",
        "tr",
        "blockquote",
        "section",
    }
    | {"article", "aside", "header", "footer", "dl", "dt", "dd", "pre", "hr"}
)
# A text that merely has a "<" in it is left alone.
_MARKUP = re.compile(
    r"</?(?:p|div|br|h[1-6]|ul|ol|li|a|strong|em|b|i|span|figure|blockquote|img|table|script|style)\b[^>]*>|<!--",
    re.IGNORECASE,
)


def has_markup(text: str) -> bool:
    """Say whether a text holds HTML tags that a CMS would send."""
    return bool(_MARKUP.search(text))


def read_fragment(markup: str) -> tuple[str, FactBox]:
    """Return the text of an HTML fragment, paragraphs apart by an empty line, and its fact box.

    Everything is content, so nothing is guessed to be the main part; scripts, figures, forms and the
    chrome that editors paste in ("Lesen Sie auch", ad inserts) are left out. Never raises.
    """
    # lxml refuses control characters; a CMS database can hold them
    source = "".join(c for c in repair_broken_tags(repair_text(markup)) if c >= " " or c in "\n\t")
    tree = lxml_html.fragment_fromstring(source, create_parent="div")
    for element in list(tree.iter(*_NOT_TEXT)):
        element.drop_tree()
    facts = cut_fact_box(tree)
    prune_chrome(tree)
    lines = normalise_text("".join(_pieces(tree))).split("\n")
    return "\n\n".join(strip_boilerplate([line for line in lines if line])), facts


def _pieces(element: HtmlElement) -> Iterator[str]:
    block = element.tag in _BLOCKS
    if block:
        yield "\n"
    if isinstance(element.tag, str):
        yield _folded(element.text)
        for child in element:
            yield from _pieces(child)
    if block:
        yield "\n"
    yield _folded(element.tail)


def _folded(text: str | None) -> str:
    # a line break in markup is a blank; the ones that count were made by blocks
    return re.sub(r"\s+", " ", text) if text else ""
