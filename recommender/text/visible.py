"""What the reader sees of a page's metadata: heading, tag links, byline."""

from __future__ import annotations

import re
from itertools import islice
from typing import TYPE_CHECKING, Final

from recommender.text.charset import repair_text
from recommender.text.normalise import one_line

if TYPE_CHECKING:
    from lxml.html import HtmlElement

_TAG_PATH = re.compile(
    r"/(?:tags?|themen?|topics?|schlagwort|schlagworte|stichwort|keywords?)/[^/?#]+/?(?:[?#].*)?$"
)
_TAG_CLASS = re.compile(
    r"(?:^|[\s_-])(?:tags?|tag-?list|keywords|topics|themen|schlagworte)(?:$|[\s_-])", re.IGNORECASE
)
_MAX_TAGS: Final = 20
_MAX_TAG_CHARS: Final = 60
_MAX_AUTHORS: Final = 5
_MIN_NAME_CHARS: Final = 4
_LEVELS_UP: Final = 3  # the list item, the list, the box


def element_text(element: HtmlElement) -> str:
    """Return all text inside an element, normalised, on one line, mojibake repaired."""
    return one_line(repair_text(" ".join(element.itertext())))


def h1_title(tree: HtmlElement) -> str:
    """Return the first first-level heading that has text, or an empty string."""
    return next(filter(None, map(element_text, tree.iter("h1"))), "")


def visible_tags(tree: HtmlElement) -> tuple[str, ...]:
    """Return the texts of links that are marked as tags (`rel=tag`), or that a tag list holds, in page order.

    A link counts when its address is a tag page (`/tag/…`, `/thema/…`) or when the element right around
    it is classed as a list of tags. Links in page navigation and footer do not count.
    """
    names: dict[str, None] = {}
    for link in tree.iter("a"):
        marked = "tag" in (link.get("rel") or "").split()
        if not marked and not (_in_tag_list(link) and _TAG_PATH.search(link.get("href") or "")):
            continue
        name = element_text(link).strip("# ")
        if 1 < len(name) <= _MAX_TAG_CHARS and not _in_chrome(link):
            names.setdefault(name)
    return tuple(names)[:_MAX_TAGS]


def visible_authors(tree: HtmlElement) -> tuple[str, ...]:
    """Return the names in links marked `rel=author` or `itemprop=author`, in page order."""
    marked = tree.xpath("//*[contains(concat(' ', @rel, ' '), ' author ') or @itemprop='author']")
    names = dict.fromkeys(map(element_text, marked))
    return tuple(name for name in names if _MIN_NAME_CHARS <= len(name) <= _MAX_TAG_CHARS)[:_MAX_AUTHORS]


def _in_tag_list(link: HtmlElement) -> bool:
    around = islice(link.iterancestors(), _LEVELS_UP)
    return any(_TAG_CLASS.search(parent.get("class") or "") for parent in around)


def _in_chrome(link: HtmlElement) -> bool:
    return any(parent.tag in {"nav", "footer"} for parent in link.iterancestors())
